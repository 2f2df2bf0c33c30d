//! template gemm.mma : "implicit GEMM on tensor cores, f16 with f32 sums: convolution or matrix product with a fused epilogue"
//! shape ROWS, CHANNELS, FOLDED
//! shape IN_D, IN_H, IN_W, OUT_D, OUT_H, OUT_W
//! shape STRIDE_N, STRIDE_D, STRIDE_H, STRIDE_W
//! shape TAPS_D, TAPS_H, TAPS_W, STEP_D, STEP_H, STEP_W, DILATION_D, DILATION_H, DILATION_W
//! shape PAD_D, PAD_H, PAD_W, PADDED
//! shape RUN, WHOLE_ROW, VECTOR, SM, PROGRAMMATIC, KEPT, ADDED, BATCH, MULTIPROCESSORS
//! shape BRANCH_RUN, BRANCH_N, BRANCH_D, BRANCH_H, BRANCH_W
//! param TILE_ROWS in {64, 32, 128, 16, 96, 192, 256, 48}, TILE_CHANNELS in {64, 32, 128, 16, 96}
//! param WARP_ROWS in {32, 16, 64, 48}, WARP_CHANNELS in {32, 16, 64}
//! param TILE_K in {64, 32, 128}, SPLIT in {1, 2, 4, 8}
//! param SLICES in {1, 2, 3, 4, 6, 8, 12, 16}
//! let ASYNC = SM >= 80 && VECTOR == 8
//! let STAGES = ASYNC ? 4 : 2
//! let ROW_TILES = ceildiv(ROWS, TILE_ROWS)
//! let TILES = ROW_TILES * ceildiv(CHANNELS, TILE_CHANNELS) * BATCH
//! require TILE_ROWS <= 128 && TILE_ROWS != 96 || 2 * TILES >= MULTIPROCESSORS : "the largest tiles for most of the device"
//! require TILE_ROWS % WARP_ROWS == 0 && TILE_CHANNELS % WARP_CHANNELS == 0 : "a block is made of whole warps"
//! require TILE_CHANNELS != 96 || CHANNELS % 96 == 0 : "tiles of 96 channels for what fills them"
//! let WARPS = (TILE_ROWS / WARP_ROWS) * (TILE_CHANNELS / WARP_CHANNELS)
//! let THREADS = WARPS * SPLIT * 32
//! require THREADS >= 64 && THREADS <= 256 : "between 64 and 256 threads"
//! require TILE_K % (16 * SPLIT) == 0 : "every part of the sum has whole tensor-core steps"
//! let RUN_CHUNKS = ceildiv(RUN, 8)
//! let TAPS = TAPS_D * TAPS_H * TAPS_W
//! let OWN_STEPS = ceildiv(TAPS * RUN_CHUNKS * 8, TILE_K)
//! let BRANCH_STEPS = ceildiv(BRANCH_RUN, TILE_K)
//! let SLICE_STEPS = ceildiv(OWN_STEPS + BRANCH_STEPS, SLICES)
//! let STEPS = SLICES * SLICE_STEPS
//! let TILE_CHUNKS = TILE_K / 8
//! let FIRST_TILES = ASYNC ? min(STAGES - 1, SLICE_STEPS) : 1
//! let INPUT_COPIES = max(1, (TILE_ROWS * TILE_CHUNKS) / THREADS)
//! let WEIGHT_COPIES = max(1, (TILE_CHUNKS * TILE_CHANNELS) / THREADS)
//! let ROW_BLOCKS = WARP_ROWS / 16
//! let CHANNEL_BLOCKS = WARP_CHANNELS / 16
//! let PADDED_BLOCKS = ceildiv(CHANNELS, TILE_CHANNELS) * (TILE_CHANNELS / 16)
//! let INPUT_PITCH = TILE_K + 8
//! let INPUT_TILE = TILE_ROWS * INPUT_PITCH
//! let STAGE = INPUT_TILE + TILE_K * TILE_CHANNELS
//! let RESULT_PITCH = TILE_CHANNELS + 8
//! let KEPT_OFFSET = max(STAGES * STAGE * 2, SPLIT * TILE_ROWS * RESULT_PITCH * 4)
//! let ADDED_OFFSET = KEPT_OFFSET + KEPT * TILE_CHANNELS * 4
//! let SHARED_BYTES = ADDED_OFFSET + ADDED * TILE_ROWS * TILE_CHANNELS * 2
//! let GROUPS = TILE_ROWS * TILE_CHANNELS / 8
//! let PART_PITCH = ceildiv(CHANNELS, 8) * 8
//! let TAP_STEPS = RUN_CHUNKS % TILE_CHUNKS == 0 ? RUN_CHUNKS / TILE_CHUNKS : 0
//! require ROW_BLOCKS * CHANNEL_BLOCKS <= 16 : "registers for the sums"
//! require (TILE_ROWS * TILE_CHUNKS) % THREADS == 0 || THREADS % TILE_CHUNKS == 0 && TILE_ROWS * TILE_CHUNKS < THREADS : "input tile not divided evenly"
//! require THREADS % TILE_CHUNKS == 0 : "each thread loads one chunk of a row"
//! require (TILE_CHUNKS * TILE_CHANNELS) % THREADS == 0 || TILE_CHUNKS * TILE_CHANNELS < THREADS : "weight tile not divided evenly"
//! require TILE_CHANNELS * 2 % THREADS == 0 || THREADS % (TILE_CHANNELS * 2) == 0 : "copies at constant distances"
//! require INPUT_COPIES <= 8 && WEIGHT_COPIES <= 8 : "registers for the loads"
//! require ASYNC || INPUT_COPIES + WEIGHT_COPIES <= 8 : "registers for loads that go through them"
//! require TILE_K <= 2 * TAPS * RUN_CHUNKS * 8 || TILE_K == 32 : "tile much longer than the sum"
//! require SHARED_BYTES <= (SM >= 80 ? (TILES * SLICES <= MULTIPROCESSORS ? 163840 : 98304) : 65536) : "shared memory of a block"
//! require SLICES == 1 || FOLDED + WHOLE_ROW == 0 && SLICE_STEPS >= 4 && TILE_K >= 64 : "sums too short to slice"
//! require (SLICES - 1) * SLICE_STEPS < OWN_STEPS + BRANCH_STEPS : "a slice without terms"
//! require BRANCH_RUN == 0 || TILE_K <= 2 * BRANCH_RUN || TILE_K == 32 : "tile much longer than the branch"
//! require SLICES == 1 || TILES * SLICES <= MULTIPROCESSORS && 3 * TILES * SLICES > 2 * MULTIPROCESSORS : "slices for most of the device, once"
#include "packed.cuh"
#include "half.cuh"
#include "tensor_core.cuh"
//! if SM >= 80
#include "mma_k16.cuh"
//! else
//| #include "mma_k8.cuh"
//! end
//! if ASYNC || KEPT
#include "copy_async.cuh"
//! end
//! if PROGRAMMATIC
#include "programmatic.cuh"
//! end
//! if SLICES > 1
//| #include "partial_sums.cuh"
//! end

// Rows of the product are output pixels, columns are output channels; the sum runs over the taps of
// the window and, within each, over a run of input elements, in chunks of 8. A block computes
// TILE_ROWS x TILE_CHANNELS results from tiles of TILE_K terms in shared memory; its warps share out
// the results and, in SPLIT parts, the terms of each tile. Where there are few tiles, SLICES blocks
// share out the terms of one. Weights lie in memory in the order in which a warp's lanes hold them.
//! if BRANCH_RUN
//| // The last steps' terms are the channels of a second tensor, one pixel of it for each output pixel.
//! end
extern "C" __global__ void __launch_bounds__(128 /*! THREADS */, 1) KERNEL(
    //! hole parameters
    const half_bits* input, const half_bits* __restrict__ weight,
    const float* __restrict__ x1, half_bits* y
    //! end
) {
  //! constants
  constexpr int ROWS = 3136, CHANNELS = 64, IN_D = 1, IN_H = 56, IN_W = 56, OUT_D = 1, OUT_H = 56;
  constexpr int OUT_W = 56, STRIDE_N = 200704, STRIDE_D = 200704, STRIDE_H = 3584, STRIDE_W = 64;
  constexpr int TAPS_H = 3, TAPS_W = 3, STEP_D = 1, STEP_H = 1, STEP_W = 1, DILATION_D = 1;
  constexpr int DILATION_H = 1, DILATION_W = 1, PAD_D = 0, PAD_H = 1, PAD_W = 1;
  constexpr int TILE_ROWS = 64, TILE_CHANNELS = 64, WARP_ROWS = 32, WARP_CHANNELS = 32, TILE_K = 64;
  constexpr int SPLIT = 1, SLICES = 1, STAGES = 4, WARPS = 4, THREADS = 128, RUN_CHUNKS = 8, TAPS = 9;
  constexpr int STEPS = 9, SLICE_STEPS = 9, TILE_CHUNKS = 8, FIRST_TILES = 3, INPUT_COPIES = 4, WEIGHT_COPIES = 4;
  constexpr int ROW_BLOCKS = 2, CHANNEL_BLOCKS = 2, PADDED_BLOCKS = 4, INPUT_PITCH = 72, INPUT_TILE = 4608;
  constexpr int STAGE = 8704, RESULT_PITCH = 72, GROUPS = 512, KEPT_OFFSET = 69632;
  constexpr int ADDED_OFFSET = 69888, TAP_STEPS = 1;
  //! end
  //! if PROGRAMMATIC
  start_successor();
  //! end
  extern __shared__ __align__(128) unsigned char shared[];
  half_bits* const stages = reinterpret_cast<half_bits*>(shared);
  const int thread = threadIdx.x;
  const int lane = thread % 32;
  const int part = thread / 32 / WARPS;
  constexpr int WARPS_ACROSS = TILE_CHANNELS / WARP_CHANNELS;
  const int warp_row = thread / 32 % WARPS / WARPS_ACROSS * WARP_ROWS;
  const int warp_channel = thread / 32 % WARPS_ACROSS * WARP_CHANNELS;
  //! if FOLDED
  //| // More batch entries than a grid has in z: they take turns along x.
  //| const int row_base = blockIdx.x % ROW_TILES * TILE_ROWS;
  //| const int z = blockIdx.x / ROW_TILES;
  //! else
  const int row_base = blockIdx.x * TILE_ROWS;
  //! if SLICES > 1
  //| const int z = blockIdx.z / SLICES;
  //! else
  const int z = blockIdx.z;
  //! end
  //! end
  // The steps of this block.
  //! if SLICES > 1
  //| const int slice = blockIdx.z % SLICES;
  //| const int first_step = slice * SLICE_STEPS;
  //! else
  constexpr int first_step = 0;
  //! end

  // The pixels whose chunks this thread loads. Those beyond the last are clamped to it; their
  // results are not stored.
  const int chunk = thread % TILE_CHUNKS;
  const int load_row = thread / TILE_CHUNKS;
  constexpr int ROW_PITCH = THREADS / TILE_CHUNKS;
  int origin[INPUT_COPIES], first_d[INPUT_COPIES], first_h[INPUT_COPIES], first_w[INPUT_COPIES];
  //! if BRANCH_RUN
  //| int branch_origin[INPUT_COPIES];
  //! end
  int z_input = 0;
  int z_weight = 0;
  //! hole z
  //! end
#pragma unroll
  for (int i = 0; i < INPUT_COPIES; i++) {
    int pixel = row_base + load_row + i * ROW_PITCH;
    pixel = pixel < ROWS ? pixel : ROWS - 1;
    first_w[i] = pixel % OUT_W * STEP_W - PAD_W;
    first_h[i] = pixel / OUT_W % OUT_H * STEP_H - PAD_H;
    first_d[i] = pixel / (OUT_W * OUT_H) % OUT_D * STEP_D - PAD_D;
    origin[i] = z_input + pixel / (OUT_W * OUT_H * OUT_D) * STRIDE_N + first_d[i] * STRIDE_D
        + first_h[i] * STRIDE_H + first_w[i] * STRIDE_W;
    //! if BRANCH_RUN
    //| branch_origin[i] = pixel / (OUT_W * OUT_H * OUT_D) * BRANCH_N
    //|     + pixel / (OUT_W * OUT_H) % OUT_D * BRANCH_D + pixel / OUT_W % OUT_H * BRANCH_H
    //|     + pixel % OUT_W * BRANCH_W + chunk * 8 - OWN_STEPS * TILE_K;
    //! end
  }

  // Weights of the first step that this thread loads. A step of 16 terms of the tile is SPAN units
  // of 16 bytes; SPAN or THREADS divides the other, so copies lie at constant distances.
  constexpr int SPAN = TILE_CHANNELS * 2;
  const half_bits* const first_weights = weight + z_weight + blockIdx.y * (TILE_CHANNELS * 16)
      + first_step * (TILE_K * PADDED_BLOCKS * 16)
      + thread / SPAN * (PADDED_BLOCKS * 256) + thread % SPAN * 8;

  //! if ASYNC
  const unsigned input_target =
      shared_address(stages + load_row * INPUT_PITCH + chunk * 8);
  const unsigned weight_target = shared_address(stages + INPUT_TILE + thread * 8);
  //! else
  //| Packed<half_bits, 8> next_input[INPUT_COPIES];
  //| Packed<half_bits, 8> next_weight[WEIGHT_COPIES];
  //! end

  //! if TAP_STEPS
  // The tap of the next step and where in its run the step begins: a step lies within one tap.
  //! if SLICES > 1
  //| int tap_d = TAPS_D == 1 ? 0 : first_step / TAP_STEPS / (TAPS_W * TAPS_H);
  //| int tap_h = first_step / TAP_STEPS / TAPS_W - tap_d * TAPS_H;
  //| int tap_w = first_step / TAP_STEPS % TAPS_W;
  //| int run_place = first_step % TAP_STEPS * TILE_K;
  //! else
  int tap_d = 0, tap_h = 0, tap_w = 0, run_place = 0;
  //! end
  //! end
  //! if BRANCH_RUN
  //| // Starts to bring in the tile of a step of the second tensor.
  //| auto fetch_branch = [&](unsigned step) {
  //|   const int place = (first_step + step) * TILE_K;
  //|   const bool inside = place + chunk * 8 < OWN_STEPS * TILE_K + BRANCH_RUN;
  //|   #pragma unroll
  //|   for (int i = 0; i < INPUT_COPIES; i++) {
  //! if ASYNC
  //! if TILE_ROWS * TILE_CHUNKS < THREADS
  //|     if (load_row >= TILE_ROWS) continue;
  //! end
  //|     copy_async(
  //|         input_target + step % STAGES * (STAGE * 2) + i * (ROW_PITCH * INPUT_PITCH * 2),
  //|         branch + (branch_origin[i] + place), inside);
  //! else
  //|     next_input[i] = {};
  //|     if (inside) {
  //|       next_input[i] = *reinterpret_cast<const Packed<half_bits, 8>*>(
  //|           branch + (branch_origin[i] + place));
  //|     }
  //! end
  //|   }
  //| };
  //! end
  // Starts to bring in the input tile of a step, the one after that of the last call.
  auto fetch_input = [&](unsigned step) {
    //! if BRANCH_RUN
    //| if (first_step + step >= OWN_STEPS) {
    //|   fetch_branch(step);
    //|   return;
    //| }
    //! end
    //! if TAP_STEPS
    const int place = run_place + chunk * 8;
    //! else
    //| const unsigned tap = ((first_step + step) * TILE_CHUNKS + chunk) / RUN_CHUNKS;
    //| const int place = ((first_step + step) * TILE_CHUNKS + chunk) % RUN_CHUNKS * 8;
    //| const int tap_d = TAPS_D == 1 ? 0 : tap / (TAPS_W * TAPS_H);
    //| const int tap_h = tap / TAPS_W - tap_d * TAPS_H;
    //| const int tap_w = tap % TAPS_W;
    //! end
    const int offset = tap_d * (DILATION_D * STRIDE_D) + tap_h * (DILATION_H * STRIDE_H)
        + tap_w * (DILATION_W * STRIDE_W) + place;
    //! if ASYNC
    const unsigned target = input_target + step % STAGES * (STAGE * 2);
    //! end
#pragma unroll
    for (int i = 0; i < INPUT_COPIES; i++) {
      bool inside = true;
      //! if TAPS * RUN_CHUNKS != (BRANCH_RUN ? OWN_STEPS : STEPS) * TILE_CHUNKS
      //! if TAP_STEPS
      inside = inside && (TAPS_D > 1 ? tap_d < TAPS_D : tap_h < TAPS_H);
      //! else
      //| inside = inside && tap < TAPS;
      //! end
      //! end
      //! if PADDED
      //! if TAPS_D > 1 || PAD_D > 0
      //| inside = inside && unsigned(first_d[i] + tap_d * DILATION_D) < unsigned(IN_D);
      //! end
      inside = inside && unsigned(first_h[i] + tap_h * DILATION_H) < unsigned(IN_H);
      //! if WHOLE_ROW == 0
      inside = inside && unsigned(first_w[i] + tap_w * DILATION_W) < unsigned(IN_W);
      //! end
      //! end
      //! if ASYNC
      //! if TILE_ROWS * TILE_CHUNKS < THREADS
      if (load_row >= TILE_ROWS) continue;
      //! end
      // Nothing is read where it is not inside.
      copy_async(
          target + i * (ROW_PITCH * INPUT_PITCH * 2), input + (origin[i] + offset), inside);
      //! else
      //| next_input[i] = {};
      //| #pragma unroll
      //| for (int piece = 0; piece < 8; piece += VECTOR) {
      //|   bool piece_inside = inside;
      //! if RUN % 8 != 0
      //|   piece_inside = piece_inside && place + piece < RUN;
      //! end
      //! if WHOLE_ROW && PADDED
      //|   // The run spans the window's row, so each element has its own column.
      //|   piece_inside = piece_inside
      //|       && unsigned(first_w[i] * STRIDE_W + place + piece) < unsigned(IN_W * STRIDE_W);
      //! end
      //|   if (piece_inside) {
      //|     *reinterpret_cast<Packed<half_bits, VECTOR>*>(next_input[i].value + piece) =
      //|         *reinterpret_cast<const Packed<half_bits, VECTOR>*>(
      //|             input + (origin[i] + offset + piece));
      //|   }
      //| }
      //! end
    }
    //! if TAP_STEPS
    run_place += TILE_K;
    if (run_place == TAP_STEPS * TILE_K) {
      run_place = 0;
      if (++tap_w == TAPS_W) {
        tap_w = 0;
        if (++tap_h == TAPS_H && TAPS_D > 1) {
          tap_h = 0;
          tap_d++;
        }
      }
    }
    //! end
  };

  // Starts to bring in the weight tile of a step.
  auto fetch_weights = [&](unsigned step) {
    const half_bits* const source = first_weights + step * (TILE_K * PADDED_BLOCKS * 16);
    //! if ASYNC
    const unsigned target = weight_target + step % STAGES * (STAGE * 2);
    //! end
#pragma unroll
    for (int i = 0; i < WEIGHT_COPIES; i++) {
      //! if TILE_CHUNKS * TILE_CHANNELS < THREADS
      if (thread >= TILE_CHUNKS * TILE_CHANNELS) continue;
      //! end
      const int distance =
          i * THREADS / SPAN * (PADDED_BLOCKS * 256) + i * THREADS % SPAN * 8;
      //! if ASYNC
      copy_async(target + i * (THREADS * 16), source + distance, true);
      //! else
      //| next_weight[i] = *reinterpret_cast<const Packed<half_bits, 8>*>(source + distance);
      //! end
    }
  };

  //! if ASYNC == 0
  //| // Stores the fetched tiles.
  //| auto store = [&](int stage) {
  //|   half_bits* const tile = stages + stage * STAGE;
  //|   #pragma unroll
  //|   for (int i = 0; i < INPUT_COPIES; i++) {
  //! if TILE_ROWS * TILE_CHUNKS < THREADS
  //|     if (load_row >= TILE_ROWS) continue;
  //! end
  //|     *reinterpret_cast<Packed<half_bits, 8>*>(
  //|         tile + (load_row + i * ROW_PITCH) * INPUT_PITCH + chunk * 8) = next_input[i];
  //|   }
  //|   #pragma unroll
  //|   for (int i = 0; i < WEIGHT_COPIES; i++) {
  //! if TILE_CHUNKS * TILE_CHANNELS < THREADS
  //|     if (thread >= TILE_CHUNKS * TILE_CHANNELS) continue;
  //! end
  //|     *reinterpret_cast<Packed<half_bits, 8>*>(tile + INPUT_TILE + (thread + i * THREADS) * 8) =
  //|         next_weight[i];
  //|   }
  //| };
  //! end

  //! if KEPT
  // Constants of the channels, such as a bias, come in with the first weights: an epilogue that
  // asked for them would wait for the second-level cache.
  float* const kept =
      reinterpret_cast<float*>(shared + KEPT_OFFSET) - blockIdx.y * TILE_CHANNELS;
  for (int own = thread; own < TILE_CHANNELS; own += THREADS) {
    const int place = blockIdx.y * TILE_CHANNELS + own;
    const bool inside = place < CHANNELS;
    //! hole kept
    copy_word_async(shared_address(kept + place), x1 + place, inside);
    //! end
  }
  //! if ASYNC == 0
  //| commit_copies();
  //! end
  //! end

  //! if ADDED
  //| // So does what the epilogue adds, such as a shortcut, with the first tiles of the input. A thread
  //| // brings what it will read itself.
  //| half_bits* const added = reinterpret_cast<half_bits*>(shared + ADDED_OFFSET)
  //|     - (row_base + blockIdx.y) * TILE_CHANNELS;
  //| auto fetch_added = [&]() {
  //|   #pragma unroll 1
  //|   for (int group = thread; group < GROUPS; group += THREADS) {
  //|     const int row = row_base + group / (TILE_CHANNELS / 8);
  //|     const int channel = blockIdx.y * TILE_CHANNELS + group % (TILE_CHANNELS / 8) * 8;
  //|     if (row < ROWS && channel < CHANNELS) {
  //! hole added
  //! end
  //|     }
  //|   }
  //| };
  //! end

  float sum[ROW_BLOCKS][CHANNEL_BLOCKS * 2][4] = {};

  // Where this warp's share of the first stage begins.
  constexpr int PART_STEPS = TILE_K / (16 * SPLIT);
  const unsigned first_fragment = shared_address(
      stages + (warp_row + lane % 16) * INPUT_PITCH + part * (PART_STEPS * 16) + lane / 16 * 8);
  const half_bits* const first_weight_fragment = stages + INPUT_TILE
      + (part * (PART_STEPS * TILE_CHANNELS / 16) + warp_channel / 16) * 256 + lane * 8;

  // Loads the operands of 16 terms of this warp's share of a stage.
  unsigned a[ROW_BLOCKS][4];
  uint4 b[CHANNEL_BLOCKS];
  auto load = [&](unsigned stage, int k) {
#pragma unroll
    for (int i = 0; i < ROW_BLOCKS; i++) {
      load_fragment(
          a[i], first_fragment + stage * (STAGE * 2) + (i * 16 * INPUT_PITCH + k * 16) * 2);
    }
#pragma unroll
    for (int j = 0; j < CHANNEL_BLOCKS; j++) {
      b[j] = *reinterpret_cast<const uint4*>(
          first_weight_fragment + stage * STAGE + (k * (TILE_CHANNELS / 16) + j) * 256);
    }
  };

  // Multiplies what was loaded, then the rest of this warp's share of the stage.
  auto multiply = [&](unsigned stage) {
#pragma unroll 4
    for (int k = 0; k < PART_STEPS; k++) {
      if (k > 0) load(stage, k);
#pragma unroll
      for (int j = 0; j < CHANNEL_BLOCKS; j++) {
#pragma unroll
        for (int i = 0; i < ROW_BLOCKS; i++) {
          multiply_add(sum[i][2 * j], a[i], b[j].x, b[j].y);
          multiply_add(sum[i][2 * j + 1], a[i], b[j].z, b[j].w);
        }
      }
    }
  };

  //! if ASYNC
  //! if PROGRAMMATIC
  // No kernel writes weights, so the first tiles of them need not wait for the one before this.
#pragma unroll 1
  for (unsigned step = 0; step < FIRST_TILES; step++) fetch_weights(step);
  await_predecessor();
  //! end
  //! if ADDED
  //| fetch_added();
  //! end
#pragma unroll 1
  for (unsigned step = 0; step < STAGES - 1; step++) {
    //! if PROGRAMMATIC
    if (step < SLICE_STEPS) fetch_input(step);
    //! else
    //| if (step < SLICE_STEPS) {
    //|   fetch_input(step);
    //|   fetch_weights(step);
    //| }
    //! end
    commit_copies();
  }
#pragma unroll 1
  for (unsigned step = 0; step < SLICE_STEPS; step++) {
    await_copies<STAGES - 2>();
    __syncthreads();
    // The operands are on their way while the addresses of the next copies are computed.
    load(step % STAGES, 0);
    if (step + STAGES - 1 < SLICE_STEPS) {
      fetch_input(step + STAGES - 1);
      fetch_weights(step + STAGES - 1);
    }
    commit_copies();
    multiply(step % STAGES);
  }
  await_copies<0>();
  //! else
  //| fetch_weights(0);
  //! if PROGRAMMATIC
  //| await_predecessor();
  //! end
  //| fetch_input(0);
  //| store(0);
  //| __syncthreads();
  //| #pragma unroll 1
  //| for (unsigned step = 0; step < SLICE_STEPS; step++) {
  //|   load(step & 1, 0);
  //|   if (step + 1 < SLICE_STEPS) {
  //|     fetch_input(step + 1);
  //|     fetch_weights(step + 1);
  //|   }
  //|   multiply(step & 1);
  //|   if (step + 1 < SLICE_STEPS) store(step + 1 & 1);
  //|   __syncthreads();
  //| }
  //! if KEPT
  //| await_copies<0>();
  //! end
  //! end
  __syncthreads();

  auto add_four = [](float* value, float4 four) {
    value[0] += four.x;
    value[1] += four.y;
    value[2] += four.z;
    value[3] += four.w;
  };
  auto add_eight = [&](float* value, const float* own) {
    add_four(value, *reinterpret_cast<const float4*>(own));
    add_four(value + 4, *reinterpret_cast<const float4*>(own + 4));
  };

  // The sums go through shared memory, where the parts are added up and each thread finds eight
  // neighbouring channels.
  float* const results = reinterpret_cast<float*>(shared);
#pragma unroll
  for (int i = 0; i < ROW_BLOCKS; i++) {
#pragma unroll
    for (int j = 0; j < CHANNEL_BLOCKS * 2; j++) {
      float* const own = results
          + (part * TILE_ROWS + warp_row + i * 16 + lane / 4) * RESULT_PITCH
          + warp_channel + j * 8 + lane % 4 * 2;
      *reinterpret_cast<float2*>(own) = make_float2(sum[i][j][0], sum[i][j][1]);
      *reinterpret_cast<float2*>(own + 8 * RESULT_PITCH) = make_float2(sum[i][j][2], sum[i][j][3]);
    }
  }
  __syncthreads();

  //! if SLICES > 1
  //| // The slices of a sum meet in memory. The block that comes last goes on.
  //| #pragma unroll 1
  //| for (int group = thread; group < GROUPS; group += THREADS) {
  //|   const int tile_row = group / (TILE_CHANNELS / 8);
  //|   const int tile_channel = group % (TILE_CHANNELS / 8) * 8;
  //|   const int row = row_base + tile_row;
  //|   const int channel = blockIdx.y * TILE_CHANNELS + tile_channel;
  //|   if (row >= ROWS) break;
  //|   if (channel >= PART_PITCH) continue;
  //|   float value[8] = {};
  //|   #pragma unroll
  //|   for (int other = 0; other < SPLIT; other++) {
  //|     add_eight(value, results + (other * TILE_ROWS + tile_row) * RESULT_PITCH + tile_channel);
  //|   }
  //|   float4* const part = reinterpret_cast<float4*>(
  //|       parts + ((slice * BATCH + z) * ROWS + row) * PART_PITCH + channel);
  //|   part[0] = make_float4(value[0], value[1], value[2], value[3]);
  //|   part[1] = make_float4(value[4], value[5], value[6], value[7]);
  //| }
  //| unsigned* const counter = counters + (z * gridDim.x + blockIdx.x) * gridDim.y + blockIdx.y;
  //| if (!comes_last(counter, SLICES, reinterpret_cast<unsigned*>(shared))) return;
  //! end
#pragma unroll 1
  for (int group = thread; group < GROUPS; group += THREADS) {
    const int tile_row = group / (TILE_CHANNELS / 8);
    const int tile_channel = group % (TILE_CHANNELS / 8) * 8;
    const unsigned row = row_base + tile_row;
    const unsigned channel = blockIdx.y * TILE_CHANNELS + tile_channel;
    if (row >= ROWS) break;
    float value[8] = {};
    //! if SLICES > 1
    //| if (channel >= PART_PITCH) continue;
    //| #pragma unroll
    //| for (int other = 0; other < SLICES; other++) {
    //|   const float* const part =
    //|       parts + ((other * BATCH + z) * ROWS + row) * PART_PITCH + channel;
    //|   add_four(value, load_part(part));
    //|   add_four(value + 4, load_part(part + 4));
    //| }
    //! else
#pragma unroll
    for (int other = 0; other < SPLIT; other++) {
      add_eight(value, results + (other * TILE_ROWS + tile_row) * RESULT_PITCH + tile_channel);
    }
    //! end
    //! hole epilogue
    for (int lane = 0; lane < 8; lane++) {
      if (channel + lane < CHANNELS) {
        y[row * CHANNELS + channel + lane] = float_to_half(value[lane] + kept[channel + lane]);
      }
    }
    //! end
  }
}
