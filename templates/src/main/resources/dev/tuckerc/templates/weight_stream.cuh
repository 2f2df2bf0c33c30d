#pragma once
// Weights that a thread multiplies by one after the other, 16 bytes at a time. They lie in memory in
// the order of their use and are brought into shared memory DEPTH blocks ahead of it. Every thread
// reads only what it has copied itself, so waiting for its own copies is enough: no barrier.
template <int DEPTH, int BLOCKS, int BLOCK_PITCH, int SLOT_PITCH>
struct WeightStream {
  const unsigned char* source;
  unsigned char* ring;
  unsigned ring_address;
  int fetched;
  int taken;

  // `first` is the thread's part of the first block, `own_ring` of the first slot.
  __device__ __forceinline__ void start(const void* first, void* own_ring) {
    source = static_cast<const unsigned char*>(first);
    ring = static_cast<unsigned char*>(own_ring);
    ring_address = shared_address(own_ring);
    fetched = 0;
    taken = 0;
#pragma unroll 1
    for (int slot = 0; slot < DEPTH; slot++) fetch();
  }

  __device__ __forceinline__ void fetch() {
    if (fetched < BLOCKS) {
      copy_async(ring_address + fetched % DEPTH * SLOT_PITCH, source, true);
      source += BLOCK_PITCH;
    }
    // Also where nothing is left to fetch, so that one group is one block throughout.
    commit_copies();
    fetched++;
  }

  // The next 16 bytes. Their slot is free again once they have been used: call `fetch` then, at the
  // latest when AHEAD more have been taken.
  template <int AHEAD>
  __device__ __forceinline__ uint4 next() {
    await_copies<DEPTH - 2 * AHEAD>();
    return *reinterpret_cast<const uint4*>(ring + taken++ % DEPTH * SLOT_PITCH);
  }
};
