#pragma once
// Weights that the lanes of a warp multiply by together. They lie in memory in the order of their use,
// in blocks of 512 bytes, and are brought into shared memory DEPTH blocks ahead of it, 16 bytes by
// each lane. A warp has a stream of its own, so its lanes wait for each other, but for no other warp.
template <int DEPTH, int BLOCKS, int SLOT_PITCH>
struct SharedWeightStream {
  const unsigned char* source;
  unsigned char* ring;
  unsigned own_address;
  int fetched;
  int taken;

  // `first` is the first block, `own_ring` the warp's part of the first slot.
  __device__ __forceinline__ void start(const void* first, unsigned char* own_ring, int lane) {
    source = static_cast<const unsigned char*>(first) + lane * 16;
    ring = own_ring;
    own_address = shared_address(own_ring) + lane * 16;
    fetched = 0;
    taken = 0;
#pragma unroll 1
    for (int slot = 0; slot < DEPTH; slot++) fetch();
  }

  __device__ __forceinline__ void fetch() {
    if (fetched < BLOCKS) {
      copy_async(own_address + fetched % DEPTH * SLOT_PITCH, source, true);
      source += 512;
    }
    // Also where nothing is left to fetch, so that one group is one block throughout.
    commit_copies();
    fetched++;
  }

  // Waits until the next COUNT blocks are there for all lanes.
  template <int COUNT>
  __device__ __forceinline__ void await() {
    await_copies<DEPTH - COUNT>();
    __syncwarp();
  }

  // One of them.
  __device__ __forceinline__ const unsigned char* block(int index) const {
    return ring + (taken + index) % DEPTH * SLOT_PITCH;
  }

  // Asks for others in their place, once all lanes have used them.
  template <int COUNT>
  __device__ __forceinline__ void release() {
    __syncwarp();
    taken += COUNT;
#pragma unroll
    for (int i = 0; i < COUNT; i++) fetch();
  }
};
