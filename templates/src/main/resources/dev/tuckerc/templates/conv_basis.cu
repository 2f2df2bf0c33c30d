//! template conv.basis : "convolution by a shared basis with sparse coefficients: filters a tile by the basis in shared memory, multiplies only what is not zero"
//! shape ROWS, CHANNELS, KERNELS, OUTPUTS
//! shape IN_H, IN_W, OUT_H, OUT_W, STRIDE_N, STRIDE_H, STRIDE_W
//! shape TAPS_H, TAPS_W, STEP_H, STEP_W, DILATION_H, DILATION_W, PAD_H, PAD_W, PADDED
//! shape VECTOR, PROGRAMMATIC
//! param CHUNK in {32, 16, 8}, PIXELS in {1, 2, 4}, WARPS in {8, 4, 2}, OUTPUTS_EACH in {8, 16, 4}
//! let THREADS = 32 * WARPS
//! let TILE_PIXELS = 32 * PIXELS
//! let TILE_OUTPUTS = WARPS * OUTPUTS_EACH
//! let CHUNKS = ceildiv(CHANNELS, CHUNK)
//! let TAPS = TAPS_H * TAPS_W
//! let ITEMS = CHUNK * TILE_PIXELS / THREADS
//! let PADDED_OUTPUTS = ceildiv(OUTPUTS, TILE_OUTPUTS) * TILE_OUTPUTS
// Neighbouring threads write neighbouring channels of the filtered tile: this pitch keeps them apart.
//! let PITCH = TILE_PIXELS + 32 / CHUNK
//! let SHARED_ELEMENTS = CHUNK * KERNELS * PITCH
//! require CHUNK < 2 * CHANNELS || CHUNK == 8 : "channels that are not there"
//! require TILE_OUTPUTS < 2 * OUTPUTS || (WARPS == 2 && OUTPUTS_EACH == 4) : "outputs that are not there"
//! require OUTPUTS_EACH % VECTOR == 0 : "a store is of one thread"
//! require CHUNK * TILE_PIXELS % THREADS == 0 : "the tile is not divided evenly over threads"
//! require KERNELS * TAPS <= 64 : "registers for the basis"
//! require PIXELS * OUTPUTS_EACH <= 32 : "registers for the sums"
//! require SHARED_ELEMENTS <= 12288 : "48 KB of static shared memory"
#include "packed.cuh"
//! if PROGRAMMATIC
#include "programmatic.cuh"
//! end

//! hole types
typedef float Input;  // element of the input in memory
static __device__ __forceinline__ float load_input(Input element) { return element; }
//! end

// One coefficient that is not zero: the row of the filtered tile that it multiplies, as an offset in
// elements, and its value.
struct __align__(8) Coefficient {
  int offset;
  float value;
};

// A block computes TILE_OUTPUTS channels of TILE_PIXELS output pixels. Chunk by chunk of the input's
// channels it filters the pixels by every kernel of the basis, which all channels share, and leaves
// the result in shared memory; then each warp adds up OUTPUTS_EACH channels, a lane being a pixel.
// All lanes of a warp multiply by the same coefficient, so the sparse rows cost no divergence. The
// coefficients of chunk c and output o are entries starts[c * PADDED_OUTPUTS + o] up to the next.
extern "C" __global__ void __launch_bounds__(256 /*! THREADS */, 1) KERNEL(
    //! hole parameters
    const Input* input, const float* __restrict__ basis, const int* __restrict__ starts,
    const Coefficient* __restrict__ coefficients, const float* __restrict__ x1, float* y
    //! end
) {
  //! constants
  constexpr int ROWS = 784, CHANNELS = 64, KERNELS = 5, OUTPUTS = 64, IN_H = 28, IN_W = 28;
  constexpr int OUT_H = 28, OUT_W = 28, STRIDE_N = 50176, STRIDE_H = 1792, STRIDE_W = 64;
  constexpr int TAPS_H = 3, TAPS_W = 3, STEP_H = 1, STEP_W = 1, DILATION_H = 1, DILATION_W = 1;
  constexpr int PAD_H = 1, PAD_W = 1, VECTOR = 4, CHUNK = 16, PIXELS = 2, WARPS = 8;
  constexpr int OUTPUTS_EACH = 8, THREADS = 256, TILE_PIXELS = 64, TILE_OUTPUTS = 64, CHUNKS = 4;
  constexpr int TAPS = 9, ITEMS = 4, PADDED_OUTPUTS = 64, PITCH = 66, SHARED_ELEMENTS = 5280;
  //! end
  __shared__ float filtered[SHARED_ELEMENTS];
  const int lane = threadIdx.x % 32;
  const int first_pixel = blockIdx.x * TILE_PIXELS;
  const int first_output = blockIdx.y * TILE_OUTPUTS + threadIdx.x / 32 * OUTPUTS_EACH;
  //! if PROGRAMMATIC
  start_successor();
  //! end
  float kernel[KERNELS][TAPS];
#pragma unroll
  for (int k = 0; k < KERNELS; k++) {
#pragma unroll
    for (int tap = 0; tap < TAPS; tap++) kernel[k][tap] = basis[k * TAPS + tap];
  }
  //! if PROGRAMMATIC
  await_predecessor();
  //! end

  float sum[PIXELS][OUTPUTS_EACH] = {};
#pragma unroll 1
  for (int chunk = 0; chunk < CHUNKS; chunk++) {
    // The warps that are ahead wait for those that still read the chunk before this one.
    __syncthreads();
#pragma unroll 1
    for (int item = 0; item < ITEMS; item++) {
      const int index = item * THREADS + threadIdx.x;
      const int own = index % CHUNK;
      const int place = index / CHUNK;
      const int channel = chunk * CHUNK + own;
      const int pixel = first_pixel + place;
      float value[KERNELS] = {};
      if (pixel < ROWS && channel < CHANNELS) {
        const int left = pixel % OUT_W * STEP_W - PAD_W;
        const int top = pixel / OUT_W % OUT_H * STEP_H - PAD_H;
        const Input* const image = input + pixel / (OUT_W * OUT_H) * STRIDE_N + channel;
#pragma unroll
        for (int tap = 0; tap < TAPS; tap++) {
          const int h = top + tap / TAPS_W * DILATION_H;
          const int w = left + tap % TAPS_W * DILATION_W;
          //! if PADDED
          if (unsigned(h) >= unsigned(IN_H) || unsigned(w) >= unsigned(IN_W)) continue;
          //! end
          const float in = load_input(image[h * STRIDE_H + w * STRIDE_W]);
#pragma unroll
          for (int k = 0; k < KERNELS; k++) value[k] += kernel[k][tap] * in;
        }
      }
#pragma unroll
      for (int k = 0; k < KERNELS; k++) filtered[(k * CHUNK + own) * PITCH + place] = value[k];
    }
    __syncthreads();
    const int* const start = starts + chunk * PADDED_OUTPUTS + first_output;
#pragma unroll
    for (int output = 0; output < OUTPUTS_EACH; output++) {
      const int end = start[output + 1];
#pragma unroll 4
      for (int i = start[output]; i < end; i++) {
        const Coefficient a = coefficients[i];
#pragma unroll
        for (int p = 0; p < PIXELS; p++) {
          sum[p][output] += a.value * filtered[a.offset + lane + 32 * p];
        }
      }
    }
  }

  constexpr int z = 0;
#pragma unroll
  for (int p = 0; p < PIXELS; p++) {
    const unsigned row = first_pixel + lane + 32 * p;
    if (row >= ROWS) continue;
#pragma unroll
    for (int group = 0; group < OUTPUTS_EACH; group += VECTOR) {
      const unsigned channel = first_output + group;
      const float* const value = &sum[p][group];
      //! hole epilogue
      if (channel < OUTPUTS) {
        for (int i = 0; i < VECTOR; i++) {
          y[row * OUTPUTS + channel + i] = value[i] + x1[channel + i];
        }
      }
      //! end
    }
  }
}
