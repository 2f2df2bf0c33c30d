//! template gemv.simt : "matrix product of few rows: weights are streamed once, with a fused epilogue"
//! shape ROWS, CHANNELS, TERMS, ROW_STRIDE, TERM_STRIDE, PROGRAMMATIC
//! param VECTOR in {4, 8}, ACROSS in {8, 16, 4, 32}, THREADS in {256, 128}
//! let TILE_CHANNELS = ACROSS * VECTOR
//! let DOWN = THREADS / ACROSS
//! let TERMS_EACH = ceildiv(TERMS, DOWN * 4) * 4
//! let PADDED_TERMS = TERMS_EACH * DOWN
//! let PADDED_CHANNELS = ceildiv(CHANNELS, TILE_CHANNELS) * TILE_CHANNELS
//! let PREFETCHED = min(TERMS_EACH, 16)
//! let PARTIALS = ROWS * TILE_CHANNELS
//! require ROWS * VECTOR <= 32 : "registers for the sums"
//! require DOWN * PARTIALS * 4 <= 49152 : "48 KB of static shared memory"
//! require TERMS_EACH >= 8 || DOWN <= 8 : "too few terms for each thread"
#include "packed.cuh"
//! if PROGRAMMATIC
#include "programmatic.cuh"
#include "prefetch.cuh"
//! end

//! hole types
typedef float Input;   // element of the input in memory
typedef float Weight;  // element of the weights in memory
static __device__ __forceinline__ float load_input(Input element) { return element; }
static __device__ __forceinline__ float load_weight(Weight element) { return element; }
//! end

// ACROSS threads cover TILE_CHANNELS neighbouring channels; DOWN such rows of threads share out the
// terms. Weights are stored as [term][channel], both padded with zeros.
extern "C" __global__ void __launch_bounds__(256 /*! THREADS */) KERNEL(
    //! hole parameters
    const Input* input, const Weight* __restrict__ weight,
    const float* __restrict__ x1, float* y
    //! end
) {
  //! constants
  constexpr int ROWS = 1, CHANNELS = 1000, TERMS = 512, ROW_STRIDE = 512, TERM_STRIDE = 1, VECTOR = 4;
  constexpr int ACROSS = 8, THREADS = 256, TILE_CHANNELS = 32, DOWN = 32, TERMS_EACH = 16;
  constexpr int PADDED_CHANNELS = 1024, PREFETCHED = 16, PARTIALS = 32;
  //! end
  //! if PROGRAMMATIC
  start_successor();
  //! end
  __shared__ __align__(16) float partial[DOWN * PARTIALS];
  const int across = threadIdx.x % ACROSS;
  const int down = threadIdx.x / ACROSS;
  const int channel_base = blockIdx.x * TILE_CHANNELS;
  const Weight* const weights =
      weight + down * TERMS_EACH * PADDED_CHANNELS + channel_base + across * VECTOR;

  //! if PROGRAMMATIC
  // The first weights come closer while the kernel before this one ends: no kernel writes them.
#pragma unroll 4
  for (int term = 0; term < PREFETCHED; term++) prefetch(weights + term * PADDED_CHANNELS);
  await_predecessor();
  //! end

  float sum[ROWS][VECTOR] = {};
#pragma unroll 1
  for (int term = 0; term < TERMS_EACH; term += 4) {
    Packed<Weight, VECTOR> w[4];
#pragma unroll
    for (int i = 0; i < 4; i++) {
      w[i] = *reinterpret_cast<const Packed<Weight, VECTOR>*>(weights + (term + i) * PADDED_CHANNELS);
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
      const int own = down * TERMS_EACH + term + i;
#pragma unroll
      for (int row = 0; row < ROWS; row++) {
        float in = 0.0f;
        if (own < TERMS) in = load_input(input[row * ROW_STRIDE + own * TERM_STRIDE]);
#pragma unroll
        for (int lane = 0; lane < VECTOR; lane++) {
          sum[row][lane] += in * load_weight(w[i].value[lane]);
        }
      }
    }
  }
#pragma unroll
  for (int row = 0; row < ROWS; row++) {
#pragma unroll
    for (int lane = 0; lane < VECTOR; lane++) {
      partial[(down * ROWS + row) * TILE_CHANNELS + across * VECTOR + lane] = sum[row][lane];
    }
  }
  __syncthreads();

  constexpr int z = 0;
  for (int result = threadIdx.x; result < PARTIALS; result += THREADS) {
    const unsigned row = result / TILE_CHANNELS;
    const unsigned channel = channel_base + result % TILE_CHANNELS;
    float value[1] = {};
    for (int other = 0; other < DOWN; other++) value[0] += partial[other * PARTIALS + result];
    //! hole epilogue
    if (channel < CHANNELS) y[row * CHANNELS + channel] = value[0] + x1[channel];
    //! end
  }
}
