#pragma once
#include "shared_address.cuh"
// Tensor-core steps on f16 fragments with f32 sums, and the load of a 16x16 fragment from shared
// memory. `shared` addresses are those of the shared window.
static __device__ __forceinline__ void load_fragment(unsigned (&a)[4], unsigned shared) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(a[0]), "=r"(a[1]), "=r"(a[2]), "=r"(a[3])
               : "r"(shared)
               : "memory");
}
