#pragma once
// Clocks of this multiprocessor and nanoseconds of the device; no memory access moves across them.
static __device__ __forceinline__ long long clocks() {
  long long now;
  asm volatile("mov.u64 %0, %%clock64;" : "=l"(now) :: "memory");
  return now;
}

static __device__ __forceinline__ long long nanoseconds() {
  long long now;
  asm volatile("mov.u64 %0, %%globaltimer;" : "=l"(now) :: "memory");
  return now;
}
