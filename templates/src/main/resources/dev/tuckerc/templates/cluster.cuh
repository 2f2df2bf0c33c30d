#pragma once
// The blocks of a cluster: barriers, and stores into one another's shared memory.
static __device__ __forceinline__ void arrive_at_cluster() {
  asm volatile("barrier.cluster.arrive.release.aligned;" ::: "memory");
}

static __device__ __forceinline__ void await_cluster() {
  asm volatile("barrier.cluster.wait.acquire.aligned;" ::: "memory");
}

// Stores 4 bytes at the place `shared` of another block's shared memory.
static __device__ __forceinline__ void store_in_block(unsigned shared, int block, unsigned value) {
  asm volatile(
      "{\n\t"
      ".reg .b32 remote;\n\t"
      "mapa.shared::cluster.u32 remote, %0, %1;\n\t"
      "st.shared::cluster.b32 [remote], %2;\n\t"
      "}"
      :: "r"(shared), "r"(block), "r"(value)
      : "memory");
}

// Stores 8 bytes at such a place.
static __device__ __forceinline__ void store_in_block(unsigned shared, int block, uint2 value) {
  asm volatile(
      "{\n\t"
      ".reg .b32 remote;\n\t"
      "mapa.shared::cluster.u32 remote, %0, %1;\n\t"
      "st.shared::cluster.v2.b32 [remote], {%2, %3};\n\t"
      "}"
      :: "r"(shared), "r"(block), "r"(value.x), "r"(value.y)
      : "memory");
}

// Stores 16 bytes at such a place.
static __device__ __forceinline__ void store_in_block(unsigned shared, int block, uint4 value) {
  asm volatile(
      "{\n\t"
      ".reg .b32 remote;\n\t"
      "mapa.shared::cluster.u32 remote, %0, %1;\n\t"
      "st.shared::cluster.v4.b32 [remote], {%2, %3, %4, %5};\n\t"
      "}"
      :: "r"(shared), "r"(block), "r"(value.x), "r"(value.y), "r"(value.z), "r"(value.w)
      : "memory");
}
