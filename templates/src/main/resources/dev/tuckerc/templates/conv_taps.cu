//! template conv.taps : "convolution to few channels on tensor cores: each input pixel times the weights of all taps at once, then each result adds up its taps"
//! shape BATCH, CHANNELS, IN_H, IN_W, OUT_H, OUT_W, STRIDE_N, STRIDE_H, STRIDE_W
//! shape TAPS_H, TAPS_W, DILATION_H, DILATION_W, PAD_H, PAD_W, RUN, SM, PROGRAMMATIC
//! param TILE_H in {16, 8, 4}, TILE_W in {32, 16, 64}, THREADS in {256, 128}
//! let HALO_H = TILE_H + (TAPS_H - 1) * DILATION_H
//! let HALO_W = TILE_W + (TAPS_W - 1) * DILATION_W
//! let PIXELS = HALO_H * HALO_W
//! let ROW_BLOCKS = ceildiv(PIXELS, 16)
//! let WARPS = THREADS / 32
//! let COLUMNS = TAPS_H * TAPS_W * CHANNELS
//! let COLUMN_BLOCKS = ceildiv(COLUMNS, 8)
//! let GROUPS = ceildiv(RUN, 32)
//! let PITCH = ROW_BLOCKS * 16 + 4
//! let TILES_H = ceildiv(OUT_H, TILE_H)
//! let TILES_W = ceildiv(OUT_W, TILE_W)
//! require RUN % 8 == 0 : "a pixel is read in chunks of 8 channels"
//! require 4 * GROUPS * (COLUMN_BLOCKS + 4) + 4 * COLUMN_BLOCKS <= 152 : "registers for weights, rows and sums"
//! require COLUMNS * PITCH * 4 <= 49152 : "shared memory for the products of all taps"
//! require TILE_H == 4 || TILE_H < 2 * OUT_H : "a tile higher than the image"
//! require TILE_W == 16 || TILE_W < 2 * OUT_W : "a tile wider than the image"
#include "packed.cuh"
#include "half.cuh"
//! if SM >= 80
#include "mma_k16.cuh"
//! else
//| #include "mma_k8.cuh"
//! end
//! if PROGRAMMATIC
#include "programmatic.cuh"
//! end

// With few output channels, a product with one row for each result leaves most columns of the
// tensor cores empty and reads each pixel once for each tap. Here rows are the input pixels under a
// tile's windows, and columns are all taps of all output channels: each pixel is read once, straight
// into registers. The results then gather their taps from shared memory.
extern "C" __global__ void __launch_bounds__(256 /*! THREADS */) KERNEL(
    //! hole parameters
    const half_bits* input, const half_bits* __restrict__ weight,
    const float* __restrict__ x1, float* y
    //! end
) {
  //! constants
  constexpr int BATCH = 1, CHANNELS = 1, IN_H = 48, IN_W = 48, OUT_H = 48, OUT_W = 48;
  constexpr int STRIDE_N = 147456, STRIDE_H = 3072, STRIDE_W = 64, TAPS_H = 3, TAPS_W = 3;
  constexpr int DILATION_H = 1, DILATION_W = 1, PAD_H = 1, PAD_W = 1, RUN = 64, TILE_H = 16;
  constexpr int TILE_W = 32, THREADS = 256, HALO_H = 18, HALO_W = 34, PIXELS = 612;
  constexpr int ROW_BLOCKS = 39, WARPS = 8, COLUMNS = 9, COLUMN_BLOCKS = 2, GROUPS = 2;
  constexpr int PITCH = 628, TILES_H = 3, TILES_W = 2;
  //! end
  //! if PROGRAMMATIC
  start_successor();
  //! end
  // [tap][output channel][pixel under the windows]
  __shared__ float products[COLUMNS * PITCH];
  const int warp = threadIdx.x / 32;
  const int group = threadIdx.x % 32 / 4;
  const int chunk = threadIdx.x % 4 * 8;
  const int tile_w = blockIdx.x % TILES_W * TILE_W;
  const int tile_h = blockIdx.x / TILES_W % TILES_H * TILE_H;
  const int n = blockIdx.x / (TILES_W * TILES_H);

  // A lane takes 8 neighbouring channels of 32 at once, as the terms that it holds in two steps of
  // 16. Which terms these are does not matter, as long as it is the same for pixels and weights.
  Packed<unsigned, 4> weights[GROUPS][COLUMN_BLOCKS];
#pragma unroll
  for (int k = 0; k < GROUPS; k++) {
#pragma unroll
    for (int j = 0; j < COLUMN_BLOCKS; j++) {
      weights[k][j] = *reinterpret_cast<const Packed<unsigned, 4>*>(
          weight + (j * 8 + group) * GROUPS * 32 + k * 32 + chunk);
    }
  }
  //! if PROGRAMMATIC
  // No kernel writes the weights, so they need not wait for the one before this.
  await_predecessor();
  //! end

  // Asks for 16 pixels, of which a lane has two; outside the image they are zero.
  Packed<unsigned, 4> next[GROUPS][2];
  auto fetch = [&](int block) {
#pragma unroll
    for (int i = 0; i < 2; i++) {
      const int pixel = block * 16 + i * 8 + group;
      const int h = tile_h - PAD_H + pixel / HALO_W;
      const int w = tile_w - PAD_W + pixel % HALO_W;
      const bool inside = pixel < PIXELS && unsigned(h) < unsigned(IN_H) && unsigned(w) < unsigned(IN_W);
      const int from = n * STRIDE_N + h * STRIDE_H + w * STRIDE_W + chunk;
#pragma unroll
      for (int k = 0; k < GROUPS; k++) {
        next[k][i] = {};
        if (inside && k * 32 + chunk < RUN) {
          next[k][i] = *reinterpret_cast<const Packed<unsigned, 4>*>(input + from + k * 32);
        }
      }
    }
  };

  if (warp < ROW_BLOCKS) fetch(warp);
#pragma unroll 1
  for (int block = warp; block < ROW_BLOCKS; block += WARPS) {
    Packed<unsigned, 4> rows[GROUPS][2];
#pragma unroll
    for (int k = 0; k < GROUPS; k++) {
      rows[k][0] = next[k][0];
      rows[k][1] = next[k][1];
    }
    if (block + WARPS < ROW_BLOCKS) fetch(block + WARPS);
    float sum[COLUMN_BLOCKS][4] = {};
#pragma unroll
    for (int k = 0; k < GROUPS; k++) {
#pragma unroll
      for (int step = 0; step < 4; step += 2) {
        const unsigned a[4] = {rows[k][0].value[step], rows[k][1].value[step],
                               rows[k][0].value[step + 1], rows[k][1].value[step + 1]};
#pragma unroll
        for (int j = 0; j < COLUMN_BLOCKS; j++) {
          multiply_add(sum[j], a, weights[k][j].value[step], weights[k][j].value[step + 1]);
        }
      }
    }
#pragma unroll
    for (int j = 0; j < COLUMN_BLOCKS; j++) {
#pragma unroll
      for (int i = 0; i < 2; i++) {
        const int column = j * 8 + threadIdx.x % 4 * 2 + i;
        if (column < COLUMNS) {
          // The pitch puts the four columns that a warp stores at a time into different banks.
          products[column * PITCH + block * 16 + group] = sum[j][i];
          products[column * PITCH + block * 16 + group + 8] = sum[j][i + 2];
        }
      }
    }
  }
  __syncthreads();

  constexpr int z = 0;
#pragma unroll 1
  for (int result = threadIdx.x; result < TILE_H * TILE_W; result += THREADS) {
    const int in_h = result / TILE_W;
    const int in_w = result % TILE_W;
    if (tile_h + in_h >= OUT_H || tile_w + in_w >= OUT_W) continue;
    const unsigned row = (n * OUT_H + tile_h + in_h) * OUT_W + tile_w + in_w;
#pragma unroll
    for (int own = 0; own < CHANNELS; own++) {
      const unsigned channel = own;
      float value[1] = {};
#pragma unroll
      for (int tap = 0; tap < TAPS_H * TAPS_W; tap++) {
        value[0] += products[(tap * CHANNELS + own) * PITCH
            + (in_h + tap / TAPS_W * DILATION_H) * HALO_W + in_w + tap % TAPS_W * DILATION_W];
      }
      //! hole epilogue
      for (int lane = 0; lane < 1; lane++) {
        y[row * CHANNELS + channel + lane] = value[lane] + x1[channel + lane];
      }
      //! end
    }
  }
}
