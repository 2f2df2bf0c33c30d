#pragma once
// Weights that stay in shared memory, for a block that computes many tiles: what WeightStream offers,
// without fetching anything twice. All row parts read the same ones.
template <int BLOCKS, int STREAMS>
struct ResidentWeights {
  const unsigned char* own;
  int taken;

  // Starts to bring in the blocks of all streams; they are there after the next barrier that follows
  // a wait for all copies.
  __device__ __forceinline__ void start(
      const half_bits* weights, unsigned char* resident, int stream, int thread, int threads) {
#pragma unroll 1
    for (int unit = thread; unit < BLOCKS * STREAMS * 32; unit += threads) {
      copy_async(shared_address(resident + unit * 16), weights + unit * 8, true);
    }
    commit_copies();
    own = resident + (stream * BLOCKS * 32 + thread % 32) * 16;
    taken = 0;
  }

  // Begins with the first block again.
  __device__ __forceinline__ void rewind() { taken = 0; }

  __device__ __forceinline__ void fetch() {}

  template <int AHEAD>
  __device__ __forceinline__ uint4 next() {
    return *reinterpret_cast<const uint4*>(own + taken++ * 512);
  }
};
