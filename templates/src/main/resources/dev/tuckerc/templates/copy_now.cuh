#pragma once
// What copy_async.cuh offers, before sm_80: every copy is complete when it returns.
static __device__ __forceinline__ void copy_async(unsigned shared, const void* global, bool inside) {
  uint4 bits = make_uint4(0, 0, 0, 0);
  if (inside) bits = *static_cast<const uint4*>(global);
  asm volatile("st.shared.v4.b32 [%0], {%1, %2, %3, %4};"
               :: "r"(shared), "r"(bits.x), "r"(bits.y), "r"(bits.z), "r"(bits.w)
               : "memory");
}

static __device__ __forceinline__ void commit_copies() {}

template <int PENDING>
static __device__ __forceinline__ void await_copies() {}
