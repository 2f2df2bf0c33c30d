#pragma once
// Sums whose parts different blocks compute: each leaves its part in memory, and the one that comes
// last adds them up.

// Whether this block is the last of `parts` to come; for all threads of a block, after each has
// stored its share. The counter is zero again afterwards. `shared` holds 4 bytes.
static __device__ __forceinline__ bool comes_last(
    unsigned* counter, unsigned parts, volatile unsigned* shared) {
  // The stores of all threads of the block come before it is counted.
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0) {
    const unsigned before = atomicAdd(counter, 1u);
    // And what the other blocks stored before they were counted can be seen from here on.
    __threadfence();
    if (before == parts - 1) atomicExch(counter, 0u);
    *shared = before;
  }
  __syncthreads();
  return *shared == parts - 1;
}

// Four sums that another block stored: from the second-level cache, for the first may hold what was
// there before.
static __device__ __forceinline__ float4 load_part(const float* part) {
  float4 sums;
  asm volatile("ld.global.cg.v4.f32 {%0, %1, %2, %3}, [%4];"
               : "=f"(sums.x), "=f"(sums.y), "=f"(sums.z), "=f"(sums.w)
               : "l"(part)
               : "memory");
  return sums;
}
