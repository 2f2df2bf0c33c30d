#pragma once
// 16 bytes from global to shared memory, on their own; zeros where `inside` is false.
static __device__ __forceinline__ void copy_async(unsigned shared, const void* global, bool inside) {
  const int bytes = inside ? 16 : 0;
  asm volatile("cp.async.ca.shared.global [%0], [%1], 16, %2;"
               :: "r"(shared), "l"(global), "r"(bytes)
               : "memory");
}

// The same for 4 bytes.
static __device__ __forceinline__ void copy_word_async(
    unsigned shared, const void* global, bool inside) {
  const int bytes = inside ? 4 : 0;
  asm volatile("cp.async.ca.shared.global [%0], [%1], 4, %2;"
               :: "r"(shared), "l"(global), "r"(bytes)
               : "memory");
}

static __device__ __forceinline__ void commit_copies() {
  asm volatile("cp.async.commit_group;" ::: "memory");
}

// Waits until at most PENDING groups of this thread's copies are under way.
template <int PENDING>
static __device__ __forceinline__ void await_copies() {
  asm volatile("cp.async.wait_group %0;" :: "n"(PENDING) : "memory");
}
