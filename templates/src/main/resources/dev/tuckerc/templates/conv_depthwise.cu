//! template conv.depthwise : "depthwise convolution, channels fastest: each thread computes a strip of one row for VECTOR channels"
//! shape BATCH, CHANNELS
//! shape IN_D, IN_H, IN_W, OUT_D, OUT_H, OUT_W
//! shape STRIDE_N, STRIDE_D, STRIDE_H, STRIDE_W
//! shape TAPS_D, TAPS_H, TAPS_W, STEP_D, STEP_H, STEP_W, DILATION_D, DILATION_H, DILATION_W
//! shape PAD_D, PAD_H, PAD_W, PADDED, PROGRAMMATIC
//! param VECTOR in {4, 2, 1}, STRIP in {4, 8, 2, 1}, THREADS in {128, 64}
//! require CHANNELS % VECTOR == 0 : "the vector width does not divide the channels"
//! require STRIP == 1 || STRIP < 2 * OUT_W : "a strip longer than the row"
//! let STRIPS = ceildiv(OUT_W, STRIP)
//! let VECTORS = CHANNELS / VECTOR
//! let COUNT = BATCH * OUT_D * OUT_H * STRIPS * VECTORS
//! let SPAN = (STRIP - 1) * STEP_W + (TAPS_W - 1) * DILATION_W + 1
//! require SPAN * VECTOR <= 96 : "registers for a row of the input"
#include "packed.cuh"
//! if PROGRAMMATIC
#include "programmatic.cuh"
#include "prefetch.cuh"
//! end

//! hole types
typedef float Input;    // element of the input in memory
typedef float Compute;  // what is added up; weights are stored so
static __device__ __forceinline__ Compute load_input(Input element) { return element; }
//! end

// Neighbouring threads take neighbouring channels. A row of the input is loaded once and serves all
// taps of the window's row. Weights are stored as [tap][channel].
extern "C" __global__ void __launch_bounds__(128 /*! THREADS */) KERNEL(
    //! hole parameters
    const Input* input, const Compute* __restrict__ weight,
    const float* __restrict__ x1, float* y
    //! end
) {
  //! constants
  constexpr int CHANNELS = 64, IN_D = 1, IN_H = 28, IN_W = 28, OUT_D = 1, OUT_H = 28, OUT_W = 28;
  constexpr int STRIDE_N = 50176, STRIDE_D = 50176, STRIDE_H = 1792, STRIDE_W = 64, TAPS_D = 1;
  constexpr int TAPS_H = 3, TAPS_W = 3, STEP_D = 1, STEP_H = 1, STEP_W = 1, DILATION_D = 1;
  constexpr int DILATION_H = 1, DILATION_W = 1, PAD_D = 0, PAD_H = 1, PAD_W = 1, VECTOR = 4;
  constexpr int STRIP = 4, THREADS = 128, STRIPS = 7, VECTORS = 16, COUNT = 3136, SPAN = 6;
  //! end
  const unsigned index = blockIdx.x * THREADS + threadIdx.x;
  //! if PROGRAMMATIC
  start_successor();
  // The weights come closer while the kernel before this one ends: no kernel writes them. The grid
  // shares out their sectors of 32 bytes.
  constexpr unsigned SECTOR = 32 / sizeof(Compute);
#pragma unroll 1
  for (unsigned i = index * SECTOR; i < TAPS_D * TAPS_H * TAPS_W * CHANNELS;
       i += gridDim.x * THREADS * SECTOR) {
    prefetch(weight + i);
  }
  await_predecessor();
  //! end
  if (index >= COUNT) return;
  const int channel_base = index % VECTORS * VECTOR;
  const int out_w = index / VECTORS % STRIPS * STRIP;
  const int out_h = index / (VECTORS * STRIPS) % OUT_H;
  const int out_d = index / (VECTORS * STRIPS * OUT_H) % OUT_D;
  const int n = index / (VECTORS * STRIPS * OUT_H * OUT_D);
  const int first_w = out_w * STEP_W - PAD_W;

  Compute sum[STRIP][VECTOR] = {};
#pragma unroll 1
  for (int tap_d = 0; tap_d < TAPS_D; tap_d++) {
    const int in_d = out_d * STEP_D - PAD_D + tap_d * DILATION_D;
    //! if PADDED
    if (unsigned(in_d) >= unsigned(IN_D)) continue;
    //! end
#pragma unroll 1
    for (int tap_h = 0; tap_h < TAPS_H; tap_h++) {
      const int in_h = out_h * STEP_H - PAD_H + tap_h * DILATION_H;
      //! if PADDED
      if (unsigned(in_h) >= unsigned(IN_H)) continue;
      //! end
      const int row = n * STRIDE_N + in_d * STRIDE_D + in_h * STRIDE_H + channel_base;
      Packed<Compute, VECTOR> in[SPAN];
#pragma unroll
      for (int i = 0; i < SPAN; i++) {
        in[i] = {};
        if (unsigned(first_w + i) < unsigned(IN_W)) {
          const auto loaded = *reinterpret_cast<const Packed<Input, VECTOR>*>(
              input + row + (first_w + i) * STRIDE_W);
#pragma unroll
          for (int lane = 0; lane < VECTOR; lane++) {
            in[i].value[lane] = load_input(loaded.value[lane]);
          }
        }
      }
#pragma unroll
      for (int tap_w = 0; tap_w < TAPS_W; tap_w++) {
        const auto w = *reinterpret_cast<const Packed<Compute, VECTOR>*>(
            weight + ((tap_d * TAPS_H + tap_h) * TAPS_W + tap_w) * CHANNELS + channel_base);
#pragma unroll
        for (int i = 0; i < STRIP; i++) {
#pragma unroll
          for (int lane = 0; lane < VECTOR; lane++) {
            sum[i][lane] += in[i * STEP_W + tap_w * DILATION_W].value[lane] * w.value[lane];
          }
        }
      }
    }
  }

  constexpr int z = 0;
  const unsigned channel = channel_base;
#pragma unroll
  for (int i = 0; i < STRIP; i++) {
    if (out_w + i >= OUT_W) break;
    const unsigned row = ((n * OUT_D + out_d) * OUT_H + out_h) * OUT_W + out_w + i;
    const Compute* const value = sum[i];
    //! hole epilogue
    for (int lane = 0; lane < VECTOR; lane++) {
      y[row * CHANNELS + channel + lane] = value[lane] + x1[channel + lane];
    }
    //! end
  }
}
