#pragma once
// Weights that a warp multiplies by one after the other, 16 bytes of each lane at a time. They lie in
// memory in the order of their use, and a lane asks for each DEPTH blocks ahead of it. They go to
// registers: in shared memory, where the other operand comes from, they would be written and read.
template <int DEPTH, int BLOCKS>
struct WeightStream {
  const uint4* source;
  uint4 held[DEPTH];

  // `first` is the lane's part of the first block.
  __device__ __forceinline__ void start(const half_bits* first) {
    source = reinterpret_cast<const uint4*>(first);
#pragma unroll
    for (int slot = 0; slot < DEPTH; slot++) {
      if (slot < BLOCKS) refill(slot);
    }
  }

  // Asks for the next block in place of one that has been used.
  __device__ __forceinline__ void refill(int slot) {
    uint4& to = held[slot];
    asm volatile("ld.global.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(to.x), "=r"(to.y), "=r"(to.z), "=r"(to.w)
                 : "l"(source)
                 : "memory");
    source += 32;
  }

  // Makes the slot USED the first one.
  template <int USED>
  __device__ __forceinline__ void rotate() {
    uint4 now[DEPTH];
#pragma unroll
    for (int slot = 0; slot < DEPTH; slot++) now[slot] = held[(slot + USED) % DEPTH];
#pragma unroll
    for (int slot = 0; slot < DEPTH; slot++) held[slot] = now[slot];
  }
};
