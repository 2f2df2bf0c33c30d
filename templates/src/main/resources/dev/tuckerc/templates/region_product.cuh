//! fragment region.product : "one product of a region"
//! shape CHUNK, FIRST, TERM_CHUNKS, CHANNELS, SHARED_BY_CLUSTER
//! shape SOURCE, SOURCE_PITCH, TARGET, TARGET_PITCH, EXCHANGE
//! shape ROWS, ROW_BLOCKS, ROW_WIDTH
//! shape CHANNEL_BLOCKS, CHANNEL_EIGHTHS, SPLIT, PASSES, PART_STEPS, PLACES
//! let SCALAR = CHUNK == 4
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
  //! if SCALAR
  // A lane adds up two rows of each block of 16, as a fragment of sums has them.
  int rows[ROW_BLOCKS][2];
#pragma unroll
  for (int i = 0; i < ROW_BLOCKS * 2; i++) {
    const int row = (row_part * ROW_BLOCKS + i / 2) * 16 + i % 2 * 8 + lane / 4;
    //! if FIRST
    rows[i / 2][i % 2] =
        SOURCE + (row / ROW_WIDTH * STEP_H * HALO_W + row % ROW_WIDTH * STEP_W) * SOURCE_PITCH;
    //! else
    rows[i / 2][i % 2] = SOURCE + row * SOURCE_PITCH;
    //! end
  }
  const int first_chunk = part * (PART_STEPS * 2);
  //! else
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
  //! end
  //! if FIRST
  const int first_tap_chunk = first_chunk % CHUNKS;
  const int first_tap_w = first_chunk / CHUNKS % TAPS_W;
  const int first_offset = first_tap_chunk * 16 + first_tap_w * (DILATION_W * SOURCE_PITCH)
      + first_chunk / CHUNKS / TAPS_W * (DILATION_H * HALO_W * SOURCE_PITCH);
  //! end
#pragma unroll 1
  for (int pass = 0; pass < PASSES; pass++) {
    float sum[ROW_BLOCKS][CHANNEL_EIGHTHS][4] = {};
    int chunk = first_chunk;
    //! if FIRST
    int tap_chunk = first_tap_chunk, tap_w = first_tap_w, offset = first_offset;
    //! end
    //! if SCALAR
#pragma unroll 1
    for (int step = 0; step < PART_STEPS; step++) {
      stream_of_weights.await<CHANNEL_BLOCKS>();
#pragma unroll
      for (int half = 0; half < 2; half++) {
        //! if FIRST == 0
        const int offset = chunk * 16;
        //! end
        Packed<float, 4> a[ROW_BLOCKS][2];
#pragma unroll
        for (int i = 0; i < ROW_BLOCKS * 2; i++) {
          //! if TERM_CHUNKS % (2 * SPLIT * PART_STEPS) != 0
          const int at = chunk < TERM_CHUNKS ? rows[i / 2][i % 2] + offset : 0;
          //! else
          const int at = rows[i / 2][i % 2] + offset;
          //! end
          a[i / 2][i % 2] = *reinterpret_cast<const Packed<float, 4>*>(shared + at);
        }
        chunk++;
        //! if FIRST
        offset += 16;
        if (++tap_chunk == CHUNKS) {
          tap_chunk = 0;
          offset += DILATION_W * SOURCE_PITCH - CHUNKS * 16;
          if (++tap_w == TAPS_W) {
            tap_w = 0;
            offset += (DILATION_H * HALO_W - TAPS_W * DILATION_W) * SOURCE_PITCH;
          }
        }
        //! end
#pragma unroll
        for (int j = 0; j < CHANNEL_BLOCKS; j++) {
#pragma unroll
          for (int term = 0; term < 4; term++) {
            // Two channels of each eight, as a fragment of sums has them.
            const auto b = *reinterpret_cast<const Packed<float, 4>*>(
                stream_of_weights.block(j) + ((half * 4 + term) * 4 + lane % 4) * 16);
#pragma unroll
            for (int k = 0; k < 4; k++) {
              if (2 * j + k / 2 >= CHANNEL_EIGHTHS) continue;
#pragma unroll
              for (int i = 0; i < ROW_BLOCKS * 2; i++) {
                sum[i / 2][2 * j + k / 2][i % 2 * 2 + k % 2] +=
                    a[i / 2][i % 2].value[term] * b.value[k];
              }
            }
          }
        }
      }
      stream_of_weights.release<CHANNEL_BLOCKS>();
    }
    //! else
    unsigned a[ROW_BLOCKS][4];
    uint4 b[CHANNEL_BLOCKS];
    // Loads the operands of the next step.
    auto load = [&](unsigned (&to_a)[ROW_BLOCKS][4], uint4 (&to_b)[CHANNEL_BLOCKS]) {
      //! if FIRST == 0
      const int offset = chunk * 16;
      //! end
#pragma unroll
      for (int i = 0; i < ROW_BLOCKS; i++) {
        //! if TERM_CHUNKS % (2 * SPLIT * PART_STEPS) != 0
        load_fragment(to_a[i], chunk < TERM_CHUNKS ? rows[i] + offset : zeros);
        //! else
        load_fragment(to_a[i], rows[i] + offset);
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
#pragma unroll
      for (int j = 0; j < CHANNEL_BLOCKS; j++) {
        to_b[j] = stream_of_weights.next<CHANNEL_BLOCKS>();
      }
    };
    auto multiply = [&] {
#pragma unroll
      for (int j = 0; j < CHANNEL_BLOCKS; j++) {
#pragma unroll
        for (int i = 0; i < ROW_BLOCKS; i++) {
          multiply_add(sum[i][2 * j], a[i], b[j].x, b[j].y);
          if (2 * j + 1 < CHANNEL_EIGHTHS) {
            multiply_add(sum[i][2 * j + 1], a[i], b[j].z, b[j].w);
          }
        }
        stream_of_weights.fetch();
      }
    };
    load(a, b);
#pragma unroll 2
    for (int step = 1; step < PART_STEPS; step++) {
      // The operands of the next step are on their way while this one multiplies.
      unsigned next_a[ROW_BLOCKS][4];
      uint4 next_b[CHANNEL_BLOCKS];
      load(next_a, next_b);
      multiply();
#pragma unroll
      for (int j = 0; j < CHANNEL_BLOCKS; j++) b[j] = next_b[j];
#pragma unroll
      for (int i = 0; i < ROW_BLOCKS; i++) {
#pragma unroll
        for (int k = 0; k < 4; k++) a[i][k] = next_a[i][k];
      }
    }
    multiply();
    //! end

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
          const ElementPair pair = round_pair(value[0], value[1]);
          const int at = TARGET + row * TARGET_PITCH + channel * ELEMENT_BYTES;
          //! if SHARED_BY_CLUSTER
#pragma unroll
          for (int block = 0; block < CLUSTER; block++) {
            store_in_block(shared_address(shared + at), block, pair);
          }
          //! else
          *reinterpret_cast<ElementPair*>(shared + at) = pair;
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
