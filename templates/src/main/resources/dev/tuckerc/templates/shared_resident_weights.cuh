#pragma once
// Weights that stay in shared memory, for a block that computes many tiles: what SharedWeightStream
// offers, without fetching anything twice. All row parts read the same ones.
template <int BLOCKS, int STREAMS>
struct SharedResidentWeights {
  const unsigned char* own;
  int taken;

  // Starts to bring in the blocks of all streams; they are there after the next barrier that follows
  // a wait for all copies.
  __device__ __forceinline__ void start(
      const void* weights, unsigned char* resident, int stream, int thread, int threads) {
    const auto source = static_cast<const unsigned char*>(weights);
#pragma unroll 1
    for (int unit = thread; unit < BLOCKS * STREAMS * 32; unit += threads) {
      copy_async(shared_address(resident + unit * 16), source + unit * 16, true);
    }
    commit_copies();
    own = resident + stream * BLOCKS * 512;
    taken = 0;
  }

  // Begins with the first block again.
  __device__ __forceinline__ void rewind() { taken = 0; }

  template <int COUNT>
  __device__ __forceinline__ void await() {}

  __device__ __forceinline__ const unsigned char* block(int index) const {
    return own + (taken + index) * 512;
  }

  template <int COUNT>
  __device__ __forceinline__ void release() {
    taken += COUNT;
  }
};
