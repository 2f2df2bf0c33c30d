//! fragment region.product : "one product of a region"
//! shape FIRST, TERM_CHUNKS, CHANNELS, SHARED_BY_CLUSTER
//! shape SOURCE, SOURCE_PITCH, TARGET, TARGET_PITCH, EXCHANGE
//! shape ROWS, ROW_BLOCKS, ROW_WIDTH
//! shape CHANNEL_BLOCKS, CHANNEL_EIGHTHS, SPLIT, PASSES, PART_STEPS, PLACES
//! shape DEPTH, UNROLL, REFILLS, ODD_ROW
//! let PASS_CHANNELS = PLACES * CHANNEL_BLOCKS * 16
//! let KEPT_CHANNELS = ceildiv(CHANNELS, 8) * 8
//! let UNITS = ROWS / 16 / ROW_BLOCKS * PLACES
//! hole title
// What is computed.
//! end
{
  //! constants
  //! end
  // A warp multiplies its rows by CHANNEL_BLOCKS blocks of 16 channels, over one part of the terms.
  //! if SPLIT > 1
  const int part = stream % SPLIT;
  //! else
  constexpr int part = 0;
  //! end
  const int place = stream / SPLIT;
  unsigned rows[ROW_BLOCKS];
#pragma unroll
  for (int i = 0; i < ROW_BLOCKS; i++) {
    const int row = (row_part * ROW_BLOCKS + i) * 16 + lane % 16;
    //! if FIRST
    const int pixel = row / ROW_WIDTH * STEP_H * HALO_W + row % ROW_WIDTH * STEP_W;
    rows[i] = shared_address(shared + SOURCE + pixel * SOURCE_PITCH);
    //! else
    rows[i] = shared_address(shared + SOURCE + row * SOURCE_PITCH);
    //! end
  }
  // A step has two chunks of 8 terms; the upper half of the warp addresses the second.
  const int first_chunk = part * (PART_STEPS * 2) + lane / 16;
  //! if FIRST
  const int first_tap_chunk = first_chunk % CHUNKS;
  const int first_tap_w = first_chunk / CHUNKS % TAPS_W;
  const int first_offset = first_tap_chunk * 16 + first_tap_w * (DILATION_W * SOURCE_PITCH)
      + first_chunk / CHUNKS / TAPS_W * (DILATION_H * HALO_W * SOURCE_PITCH);
  //! end
#pragma unroll 1
  for (int pass = 0; pass < PASSES; pass++) {
    float sum[ROW_BLOCKS][CHANNEL_EIGHTHS][4] = {};
    unsigned a[2][ROW_BLOCKS][4];
    int chunk = first_chunk;
    //! if FIRST
    int tap_chunk = first_tap_chunk, tap_w = first_tap_w, offset = first_offset;
    //! end
    // Loads the rows of the next step.
    auto load = [&](unsigned (&to)[ROW_BLOCKS][4]) {
      //! if FIRST == 0
      const int offset = chunk * 16;
      //! end
#pragma unroll
      for (int i = 0; i < ROW_BLOCKS; i++) {
        //! if TERM_CHUNKS % (2 * SPLIT * PART_STEPS) != 0
        load_fragment(to[i], chunk < TERM_CHUNKS ? rows[i] + offset : zeros);
        //! else
        load_fragment(to[i], rows[i] + offset);
        //! end
        //! if ODD_ROW
        // Behind the last tap of a row lies a pixel that is no term; its weight is zero, but it need
        // not be finite.
        if (chunk / 2 % (CHUNKS / 2) == CHUNKS / 2 - 1 && lane % 4 >= 2) to[i][2] = to[i][3] = 0;
        //! end
      }
      chunk += 2;
      //! if FIRST
      tap_chunk += 2;
      offset += 32;
#pragma unroll
      for (int taps = 0; taps < (CHUNKS == 1 ? 2 : 1); taps++) {
        if (tap_chunk >= CHUNKS) {
          tap_chunk -= CHUNKS;
          offset += DILATION_W * SOURCE_PITCH - CHUNKS * 16;
          if (++tap_w == TAPS_W) {
            tap_w = 0;
            offset += (DILATION_H * HALO_W - TAPS_W * DILATION_W) * SOURCE_PITCH;
          }
        }
      }
      //! end
    };
    // One step; the rows of the next one are on their way meanwhile. `place` is its place among the
    // steps after which the weights' slots repeat, `used` counts blocks of weights before it.
    auto multiply = [&](int place, int used, bool more) {
      if (more) load(a[(place + 1) % 2]);
#pragma unroll
      for (int j = 0; j < CHANNEL_BLOCKS; j++) {
        const int slot = (place * CHANNEL_BLOCKS + j) % DEPTH;
        const uint4 b = stream_of_weights.held[slot];
#pragma unroll
        for (int i = 0; i < ROW_BLOCKS; i++) {
          multiply_add(sum[i][2 * j], a[place % 2][i], b.x, b.y);
          if (2 * j + 1 < CHANNEL_EIGHTHS) {
            multiply_add(sum[i][2 * j + 1], a[place % 2][i], b.z, b.w);
          }
        }
        // Nothing is left to ask for at the end of the last stages.
        if (REFILLS >= PASSES * PART_STEPS * CHANNEL_BLOCKS || used + j < REFILLS) {
          stream_of_weights.refill(slot);
        }
      }
      // Keeps the loads where they are: moved to where registers are free, they come too late.
      __syncwarp();
    };
    constexpr int WHOLE = PART_STEPS / UNROLL, REST = PART_STEPS % UNROLL;
    load(a[0]);
#pragma unroll 1
    for (int turn = 0; turn < WHOLE; turn++) {
      const int used = (pass * PART_STEPS + turn * UNROLL) * CHANNEL_BLOCKS;
#pragma unroll
      for (int place = 0; place < UNROLL; place++) {
        multiply(
            place, used + place * CHANNEL_BLOCKS,
            place + 1 < UNROLL || REST > 0 || turn + 1 < WHOLE);
      }
    }
#pragma unroll
    for (int place = 0; place < REST; place++) {
      const int used = (pass * PART_STEPS + WHOLE * UNROLL + place) * CHANNEL_BLOCKS;
      multiply(place, used, place + 1 < REST);
    }
    stream_of_weights.rotate<PART_STEPS * CHANNEL_BLOCKS % DEPTH>();

    //! if SPLIT > 1
    // The parts of a sum meet in shared memory; each part completes every SPLIT-th fragment.
    float4* const exchange =
        reinterpret_cast<float4*>(shared + EXCHANGE) + (row_part * PLACES + place) * 32 + lane;
#pragma unroll
    for (int i = 0; i < ROW_BLOCKS; i++) {
#pragma unroll
      for (int j = 0; j < CHANNEL_EIGHTHS; j++) {
        const int fragment = i * CHANNEL_EIGHTHS + j;
        if (fragment % SPLIT != part) {
          exchange[(fragment * SPLIT + part) * UNITS * 32] =
              make_float4(sum[i][j][0], sum[i][j][1], sum[i][j][2], sum[i][j][3]);
        }
      }
    }
    __syncthreads();
    //! end
    const int first_channel = ((slice * PASSES + pass) * PLACES + place) * CHANNEL_BLOCKS * 16;
#pragma unroll
    for (int i = 0; i < ROW_BLOCKS; i++) {
#pragma unroll
      for (int j = 0; j < CHANNEL_EIGHTHS; j++) {
        //! if SPLIT > 1
        const int fragment = i * CHANNEL_EIGHTHS + j;
        if (fragment % SPLIT != part) continue;
#pragma unroll
        for (int other = 1; other < SPLIT; other++) {
          const float4 more = exchange[(fragment * SPLIT + (part + other) % SPLIT) * UNITS * 32];
          sum[i][j][0] += more.x;
          sum[i][j][1] += more.y;
          sum[i][j][2] += more.z;
          sum[i][j][3] += more.w;
        }
        //! end
        const unsigned channel = first_channel + j * 8 + lane % 4 * 2;
        if (channel >= KEPT_CHANNELS) continue;
#pragma unroll
        for (int half = 0; half < 2; half++) {
          const unsigned row = (row_part * ROW_BLOCKS + i) * 16 + half * 8 + lane / 4;
          float value[2] = {};
          if (channel < CHANNELS) {
            value[0] = sum[i][j][half * 2];
            value[1] = sum[i][j][half * 2 + 1];
            //! hole compute
            //! end
          }
          // Two neighbouring channels of the tile, which the next stage reads.
          const unsigned pair = float_to_half(value[0]) | unsigned(float_to_half(value[1])) << 16;
          const int at = TARGET + row * TARGET_PITCH + channel * 2;
          //! if SHARED_BY_CLUSTER
#pragma unroll
          for (int block = 0; block < CLUSTER; block++) {
            store_in_block(shared_address(shared + at), block, pair);
          }
          //! else
          *reinterpret_cast<unsigned*>(shared + at) = pair;
          //! end
        }
      }
    }
    //! if SPLIT > 1 && PASSES > 1
    __syncthreads();
    //! end
  }
  //! hole finish
  //! end
}
