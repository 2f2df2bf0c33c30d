#pragma once
// Weights that stay in shared memory, for a block that computes many tiles: what WeightStream offers,
// from there. All row parts read the same ones.
template <int DEPTH, int BLOCKS, int STREAMS>
struct ResidentWeights {
  const uint4* own;
  const uint4* source;
  uint4 held[DEPTH];

  // Starts to bring in the blocks of all streams; they are there after the next barrier that follows
  // a wait for all copies.
  __device__ __forceinline__ void start(
      const half_bits* weights, unsigned char* resident, int stream, int thread, int threads) {
#pragma unroll 1
    for (int unit = thread; unit < BLOCKS * STREAMS * 32; unit += threads) {
      copy_async(shared_address(resident + unit * 16), weights + unit * 8, true);
    }
    commit_copies();
    own = reinterpret_cast<const uint4*>(resident) + stream * BLOCKS * 32 + thread % 32;
  }

  // Begins with the first block, or with it again.
  __device__ __forceinline__ void rewind() {
    source = own;
#pragma unroll
    for (int slot = 0; slot < DEPTH; slot++) {
      if (slot < BLOCKS) refill(slot);
    }
  }

  __device__ __forceinline__ void refill(int slot) {
    held[slot] = *source;
    source += 32;
  }

  template <int USED>
  __device__ __forceinline__ void rotate() {
    uint4 now[DEPTH];
#pragma unroll
    for (int slot = 0; slot < DEPTH; slot++) now[slot] = held[(slot + USED) % DEPTH];
#pragma unroll
    for (int slot = 0; slot < DEPTH; slot++) held[slot] = now[slot];
  }
};
