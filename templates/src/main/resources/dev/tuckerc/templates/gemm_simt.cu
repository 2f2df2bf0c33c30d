//! template gemm.simt : "implicit GEMM on scalar multiply-adds: convolution or matrix product with a fused epilogue"
//! shape ROWS, CHANNELS, FOLDED
//! shape IN_D, IN_H, IN_W, OUT_D, OUT_H, OUT_W
//! shape STRIDE_N, STRIDE_D, STRIDE_H, STRIDE_W, STRIDE_C
//! shape TAPS_D, TAPS_H, TAPS_W, STEP_D, STEP_H, STEP_W, DILATION_D, DILATION_H, DILATION_W
//! shape PAD_D, PAD_H, PAD_W, PADDED
//! shape RUN, WHOLE_ROW, VECTOR, PIXEL_FASTEST
//! shape PACKED, WEIGHT_CHANNEL, WEIGHT_TAP, WEIGHT_RUN
//! shape ELEMENT_BYTES, PROGRAMMATIC
//! param TILE_ROWS in {64, 128, 32}, TILE_CHANNELS in {64, 128, 32, 16}
//! param THREAD_ROWS in {8, 4}, THREAD_CHANNELS in {8, 4}
//! param TILE_K in {8, 16}, SPLIT in {1, 2, 4, 8}
//! let THREADS_CHANNELS = TILE_CHANNELS / THREAD_CHANNELS
//! let GROUP = (TILE_ROWS / THREAD_ROWS) * THREADS_CHANNELS
//! let THREADS = GROUP * SPLIT
//! let ROW_TILES = ceildiv(ROWS, TILE_ROWS)
//! require THREADS >= 64 && THREADS <= 256 : "between 64 and 256 threads"
//! require GROUP >= 32 : "a warp belongs to one part of the sum"
//! let CHUNKS = ceildiv(RUN, TILE_K)
//! let STEPS = TAPS_D * TAPS_H * TAPS_W * CHUNKS
//! let SPLIT_STEPS = ceildiv(STEPS, SPLIT)
//! let INPUT_LOADS = (TILE_ROWS * TILE_K) / (VECTOR * GROUP)
//! let LOADED_ROWS = PIXEL_FASTEST ? 1 : INPUT_LOADS
//! let WEIGHT_LOADS = (TILE_K * TILE_CHANNELS) / (4 * GROUP)
//! let PADDED_CHANNELS = ceildiv(CHANNELS, TILE_CHANNELS) * TILE_CHANNELS
//! let INPUT_PITCH = TILE_K + 4
//! let INPUT_TILE = TILE_ROWS * INPUT_PITCH
//! let WEIGHT_TILE = TILE_K * TILE_CHANNELS
//! let SHARED_ELEMENTS = max(2 * SPLIT * (INPUT_TILE + WEIGHT_TILE), SPLIT > 1 ? TILE_ROWS * TILE_CHANNELS : 0)
//! require (TILE_ROWS * TILE_K) % (VECTOR * GROUP) == 0 : "input tile not divided evenly over threads"
//! require (TILE_K * TILE_CHANNELS) % (4 * GROUP) == 0 : "weight tile not divided evenly over threads"
//! require PIXEL_FASTEST == 0 || GROUP % TILE_ROWS == 0 : "each thread loads one pixel"
//! require PIXEL_FASTEST == 1 || GROUP % (TILE_K / VECTOR) == 0 : "each thread loads one place of a run"
//! require SPLIT == 1 || SPLIT_STEPS >= 2 : "every part of the sum has steps"
//! require SHARED_ELEMENTS * ELEMENT_BYTES <= 49152 : "48 KB of static shared memory"
//! require LOADED_ROWS <= 16 : "registers for the loaded pixels"
#include "packed.cuh"
//! if PROGRAMMATIC
#include "programmatic.cuh"
//! end

//! hole types
typedef float Input;    // element of the input in memory
typedef float Weight;   // element of the weights in memory
typedef float Compute;  // what is added up
static __device__ __forceinline__ Compute load_input(Input element) { return element; }
static __device__ __forceinline__ Compute load_weight(Weight element) { return element; }
//! end

// Rows of the product are output pixels, columns are output channels, and the sum runs over the
// taps of the window and, within each, over a run of input elements. A block computes
// TILE_ROWS x TILE_CHANNELS results, a thread THREAD_ROWS x THREAD_CHANNELS. SPLIT groups of threads
// share out the steps of the sum. While a tile in shared memory is used, the next one is on its
// way from global memory into registers.
extern "C" __global__ void __launch_bounds__(128 /*! THREADS */, 1) KERNEL(
    //! hole parameters
    const Input* input, const Weight* __restrict__ weight,
    const float* __restrict__ x1, float* y
    //! end
) {
  //! constants
  constexpr int ROWS = 3136, CHANNELS = 64, IN_D = 1, IN_H = 56, IN_W = 56, OUT_D = 1, OUT_H = 56;
  constexpr int OUT_W = 56, STRIDE_N = 200704, STRIDE_D = 200704, STRIDE_H = 3584, STRIDE_W = 64;
  constexpr int STRIDE_C = 1, TAPS_D = 1, TAPS_H = 3, TAPS_W = 3, STEP_D = 1, STEP_H = 1, STEP_W = 1;
  constexpr int DILATION_D = 1, DILATION_H = 1, DILATION_W = 1, PAD_D = 0, PAD_H = 1, PAD_W = 1;
  constexpr int RUN = 64, VECTOR = 4, PIXEL_FASTEST = 0, TILE_ROWS = 64, TILE_CHANNELS = 64;
  constexpr int WEIGHT_CHANNEL = 576, WEIGHT_TAP = 1, WEIGHT_RUN = 9;
  constexpr int THREAD_ROWS = 8, THREAD_CHANNELS = 4, TILE_K = 8, SPLIT = 1, THREADS_CHANNELS = 16;
  constexpr int GROUP = 128, CHUNKS = 8, STEPS = 72, SPLIT_STEPS = 72, INPUT_LOADS = 1;
  constexpr int LOADED_ROWS = 1, WEIGHT_LOADS = 1, PADDED_CHANNELS = 64, INPUT_PITCH = 12;
  constexpr int INPUT_TILE = 768, WEIGHT_TILE = 512, SHARED_ELEMENTS = 2560;
  //! end
  //! if PROGRAMMATIC
  start_successor();
  //! end
  __shared__ __align__(32) Compute shared[SHARED_ELEMENTS];
  const int part = threadIdx.x / GROUP;
  const int thread = threadIdx.x % GROUP;
  //! if FOLDED
  //| // More batch entries than a grid has in z: they take turns along x.
  //| const int row_base = blockIdx.x % ROW_TILES * TILE_ROWS;
  //| const int z = blockIdx.x / ROW_TILES;
  //! else
  const int row_base = blockIdx.x * TILE_ROWS;
  const int z = blockIdx.z;
  //! end
  const int channel_base = blockIdx.y * TILE_CHANNELS;
  // Two input tiles, then two weight tiles, for each part of the sum.
  Compute* const input_tiles = shared + part * 2 * (INPUT_TILE + WEIGHT_TILE);
  Compute* const weight_tiles = input_tiles + 2 * INPUT_TILE;

  // The pixels whose elements this thread loads. Those beyond the last are clamped to it; their
  // results are not stored.
  const int load_row = PIXEL_FASTEST ? thread % TILE_ROWS : thread / (TILE_K / VECTOR);
  const int load_place = (PIXEL_FASTEST ? thread / TILE_ROWS : thread % (TILE_K / VECTOR)) * VECTOR;
  constexpr int ROW_PITCH = PIXEL_FASTEST ? 0 : GROUP / (TILE_K / VECTOR);
  constexpr int PLACE_PITCH = PIXEL_FASTEST ? GROUP / TILE_ROWS : 0;
  int origin[LOADED_ROWS], first_d[LOADED_ROWS], first_h[LOADED_ROWS], first_w[LOADED_ROWS];
  int z_input = 0;
  int z_weight = 0;
  //! hole z
  //! end
#pragma unroll
  for (int i = 0; i < LOADED_ROWS; i++) {
    int pixel = row_base + load_row + i * ROW_PITCH;
    pixel = pixel < ROWS ? pixel : ROWS - 1;
    first_w[i] = pixel % OUT_W * STEP_W - PAD_W;
    first_h[i] = pixel / OUT_W % OUT_H * STEP_H - PAD_H;
    first_d[i] = pixel / (OUT_W * OUT_H) % OUT_D * STEP_D - PAD_D;
    origin[i] = z_input + pixel / (OUT_W * OUT_H * OUT_D) * STRIDE_N + first_d[i] * STRIDE_D
        + first_h[i] * STRIDE_H + first_w[i] * STRIDE_W + load_place * STRIDE_C;
  }

  // Where this part of the sum starts.
  const int first_step = part * SPLIT_STEPS;
  int tap_w = first_step / CHUNKS % TAPS_W;
  int tap_h = first_step / CHUNKS / TAPS_W % TAPS_H;
  int tap_d = first_step / CHUNKS / (TAPS_W * TAPS_H);
  int place = first_step % CHUNKS * TILE_K;
  //! if PACKED
  const Weight* weights = weight + z_weight + first_step * TILE_K * PADDED_CHANNELS + channel_base;
  //! end

  Packed<Input, VECTOR> next_input[INPUT_LOADS];
  Packed<Weight, 4> next_weight[WEIGHT_LOADS];

  // Loads the input tile of the current step into registers.
  auto fetch_input = [&](bool active) {
    const int tap_offset = tap_d * DILATION_D * STRIDE_D + tap_h * DILATION_H * STRIDE_H
        + tap_w * DILATION_W * STRIDE_W + place * STRIDE_C;
#pragma unroll
    for (int i = 0; i < INPUT_LOADS; i++) {
      const int row = PIXEL_FASTEST ? 0 : i;
      const int in_run = place + load_place + i * PLACE_PITCH;
      bool inside = active;
      //! if PADDED
      inside = inside && unsigned(first_d[row] + tap_d * DILATION_D) < unsigned(IN_D)
          && unsigned(first_h[row] + tap_h * DILATION_H) < unsigned(IN_H);
      //! if WHOLE_ROW
      //| // The run spans the window's row, so each element has its own column.
      //| inside = inside && unsigned(first_w[row] * STRIDE_W + in_run) < unsigned(IN_W * STRIDE_W);
      //! else
      inside = inside && unsigned(first_w[row] + tap_w * DILATION_W) < unsigned(IN_W);
      //! end
      //! end
      //! if RUN % TILE_K != 0
      inside = inside && in_run < RUN;
      //! end
      next_input[i] = {};
      if (inside) {
        next_input[i] = *reinterpret_cast<const Packed<Input, VECTOR>*>(
            input + (origin[row] + tap_offset + i * PLACE_PITCH * STRIDE_C));
      }
    }
  };

  // Loads the weight tile of the current step into registers.
  auto fetch_weights = [&](bool active) {
#pragma unroll
    for (int i = 0; i < WEIGHT_LOADS; i++) {
      const int load = thread + i * GROUP;
      const int k = load / (TILE_CHANNELS / 4);
      const int channel = load % (TILE_CHANNELS / 4) * 4;
      next_weight[i] = {};
      //! if PACKED
      if (active) {
        next_weight[i] = *reinterpret_cast<const Packed<Weight, 4>*>(
            weights + k * PADDED_CHANNELS + channel);
      }
      //! else
      //| const int tap = (tap_d * TAPS_H + tap_h) * TAPS_W + tap_w;
      //| const int offset = z_weight + tap * WEIGHT_TAP + (place + k) * WEIGHT_RUN;
      //| #pragma unroll
      //| for (int lane = 0; lane < 4; lane++) {
      //|   const int own = channel_base + channel + lane;
      //|   if (active && place + k < RUN && own < CHANNELS) {
      //|     next_weight[i].value[lane] = weight[offset + own * WEIGHT_CHANNEL];
      //|   }
      //| }
      //! end
    }
  };

  // Moves on to the next step.
  auto advance = [&]() {
    //! if PACKED
    weights += TILE_K * PADDED_CHANNELS;
    //! end
    place += TILE_K;
    if (place >= CHUNKS * TILE_K) {
      place = 0;
      if (++tap_w == TAPS_W) {
        tap_w = 0;
        if (++tap_h == TAPS_H) {
          tap_h = 0;
          tap_d++;
        }
      }
    }
  };

  // Stores the fetched tiles in one of the two buffers.
  auto stage = [&](int buffer) {
#pragma unroll
    for (int i = 0; i < INPUT_LOADS; i++) {
      Packed<Compute, VECTOR> converted;
#pragma unroll
      for (int lane = 0; lane < VECTOR; lane++) {
        converted.value[lane] = load_input(next_input[i].value[lane]);
      }
      *reinterpret_cast<Packed<Compute, VECTOR>*>(
          input_tiles + buffer * INPUT_TILE + (load_row + i * ROW_PITCH) * INPUT_PITCH + load_place
          + i * PLACE_PITCH) = converted;
    }
#pragma unroll
    for (int i = 0; i < WEIGHT_LOADS; i++) {
      Packed<Compute, 4> converted;
#pragma unroll
      for (int lane = 0; lane < 4; lane++) {
        converted.value[lane] = load_weight(next_weight[i].value[lane]);
      }
      *reinterpret_cast<Packed<Compute, 4>*>(
          weight_tiles + buffer * WEIGHT_TILE + (thread + i * GROUP) * 4) = converted;
    }
  };

  // Rows of a thread are spread over the tile; its channels come in runs of four.
  constexpr int ROW_SPREAD = TILE_ROWS / THREAD_ROWS;
  constexpr int CHANNEL_SPREAD = THREADS_CHANNELS * 4;
  const int own_row = thread / THREADS_CHANNELS;
  const int own_channel = thread % THREADS_CHANNELS * 4;
  Compute sum[THREAD_ROWS][THREAD_CHANNELS] = {};

  //! if PROGRAMMATIC && PACKED == 0
  //| // The weights are computed at run time, too.
  //| await_predecessor();
  //! end
  fetch_weights(first_step < STEPS);
  //! if PROGRAMMATIC && PACKED
  // No kernel writes packed weights, so the first tile need not wait for the one before this.
  await_predecessor();
  //! end
  fetch_input(first_step < STEPS);
  advance();
  stage(0);
  __syncthreads();
#pragma unroll 1
  for (int step = 0; step < SPLIT_STEPS; step++) {
    const bool more = step + 1 < SPLIT_STEPS;
    if (more) {
      fetch_input(first_step + step + 1 < STEPS);
      fetch_weights(first_step + step + 1 < STEPS);
      advance();
    }
    const Compute* const a = input_tiles + (step & 1) * INPUT_TILE + own_row * INPUT_PITCH;
    const Compute* const b = weight_tiles + (step & 1) * WEIGHT_TILE + own_channel;
#pragma unroll 1
    for (int k = 0; k < TILE_K; k += 4) {
      Packed<Compute, 4> in[THREAD_ROWS];
#pragma unroll
      for (int i = 0; i < THREAD_ROWS; i++) {
        in[i] = *reinterpret_cast<const Packed<Compute, 4>*>(a + i * ROW_SPREAD * INPUT_PITCH + k);
      }
#pragma unroll
      for (int kk = 0; kk < 4; kk++) {
        Packed<Compute, 4> w[THREAD_CHANNELS / 4];
#pragma unroll
        for (int j = 0; j < THREAD_CHANNELS / 4; j++) {
          w[j] = *reinterpret_cast<const Packed<Compute, 4>*>(
              b + (k + kk) * TILE_CHANNELS + j * CHANNEL_SPREAD);
        }
#pragma unroll
        for (int i = 0; i < THREAD_ROWS; i++) {
#pragma unroll
          for (int j = 0; j < THREAD_CHANNELS; j++) {
            sum[i][j] += in[i].value[kk] * w[j / 4].value[j % 4];
          }
        }
      }
    }
    if (more) stage(step + 1 & 1);
    __syncthreads();
  }

  //! if SPLIT > 1
  //| // Adds the parts up through shared memory, one after the other.
  //| constexpr int RESULTS = THREAD_ROWS * THREAD_CHANNELS;
  //| #pragma unroll 1
  //| for (int other = 1; other < SPLIT; other++) {
  //|   if (part == other) {
  //|     #pragma unroll
  //|     for (int r = 0; r < RESULTS; r++) {
  //|       shared[r * GROUP + thread] = sum[r / THREAD_CHANNELS][r % THREAD_CHANNELS];
  //|     }
  //|   }
  //|   __syncthreads();
  //|   if (part == 0) {
  //|     #pragma unroll
  //|     for (int r = 0; r < RESULTS; r++) {
  //|       sum[r / THREAD_CHANNELS][r % THREAD_CHANNELS] += shared[r * GROUP + thread];
  //|     }
  //|   }
  //|   __syncthreads();
  //| }
  //| if (part != 0) return;
  //! end

#pragma unroll
  for (int i = 0; i < THREAD_ROWS; i++) {
    const unsigned row = row_base + own_row + i * ROW_SPREAD;
    if (row >= ROWS) break;
#pragma unroll
    for (int j = 0; j < THREAD_CHANNELS; j += 4) {
      const unsigned channel = channel_base + own_channel + j / 4 * CHANNEL_SPREAD;
      const Compute* const value = &sum[i][j];
      //! hole epilogue
      for (int lane = 0; lane < 4; lane++) {
        if (channel + lane < CHANNELS) y[row * CHANNELS + channel + lane] = value[lane] + x1[channel + lane];
      }
      //! end
    }
  }
}
