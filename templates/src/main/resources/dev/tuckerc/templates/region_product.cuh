//! fragment region.product : "one product of a region"
//! shape FIRST, TERM_CHUNKS, CHANNELS, KEPT_CHANNELS, KEEP, LAST, SHARED_BY_CLUSTER
//! shape SOURCE, SOURCE_PITCH, TARGET, TARGET_PITCH, RESULTS
//! shape ROWS, ROW_BLOCKS, ROW_WIDTH, DOWN, STAGE_H, STAGE_W
//! shape CHANNEL_BLOCKS, SPLIT, PASSES, PART_STEPS, PLACES
//! let PASS_CHANNELS = PLACES * CHANNEL_BLOCKS * 16
//! let RESULT_PITCH = PASS_CHANNELS + 8
//! let GROUPS = ROWS * PASS_CHANNELS / 8
//! hole title
// What is computed.
//! end
{
  //! constants
  //! end
  // A warp multiplies its rows by CHANNEL_BLOCKS blocks of 16 channels, over one part of the terms.
  const int part = stream % SPLIT;
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
#pragma unroll 1
  for (int pass = 0; pass < PASSES; pass++) {
    float sum[ROW_BLOCKS][CHANNEL_BLOCKS * 2][4] = {};
    unsigned a[ROW_BLOCKS][4];
    uint4 b[CHANNEL_BLOCKS];
    auto load = [&](int step, unsigned (&to_a)[ROW_BLOCKS][4], uint4 (&to_b)[CHANNEL_BLOCKS]) {
      // A step has two chunks of 8 terms; the upper half of the warp addresses the second.
      const int chunk = (part * PART_STEPS + step) * 2 + lane / 16;
      //! if FIRST
      const int tap = chunk / CHUNKS;
      const int offset =
          (tap / TAPS_W * DILATION_H * HALO_W + tap % TAPS_W * DILATION_W) * SOURCE_PITCH
          + chunk % CHUNKS * 16;
      //! else
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
#pragma unroll
      for (int j = 0; j < CHANNEL_BLOCKS; j++) {
        to_b[j] = stream_of_weights.next<CHANNEL_BLOCKS>();
      }
    };
    load(0, a, b);
#pragma unroll 2
    for (int step = 0; step < PART_STEPS; step++) {
      // The operands of the next step are on their way while this one multiplies.
      unsigned next_a[ROW_BLOCKS][4] = {};
      uint4 next_b[CHANNEL_BLOCKS] = {};
      if (step + 1 < PART_STEPS) load(step + 1, next_a, next_b);
#pragma unroll
      for (int j = 0; j < CHANNEL_BLOCKS; j++) {
#pragma unroll
        for (int i = 0; i < ROW_BLOCKS; i++) {
          multiply_add(sum[i][2 * j], a[i], b[j].x, b[j].y);
          multiply_add(sum[i][2 * j + 1], a[i], b[j].z, b[j].w);
        }
        stream_of_weights.fetch();
        b[j] = next_b[j];
      }
#pragma unroll
      for (int i = 0; i < ROW_BLOCKS; i++) {
#pragma unroll
        for (int k = 0; k < 4; k++) a[i][k] = next_a[i][k];
      }
    }

    // The sums go through shared memory, where the parts are added up and each thread finds eight
    // neighbouring channels.
    float* const results = reinterpret_cast<float*>(shared + RESULTS);
#pragma unroll
    for (int i = 0; i < ROW_BLOCKS; i++) {
#pragma unroll
      for (int j = 0; j < CHANNEL_BLOCKS * 2; j++) {
        float* const own = results
            + (part * ROWS + (row_part * ROW_BLOCKS + i) * 16 + lane / 4) * RESULT_PITCH
            + place * CHANNEL_BLOCKS * 16 + j * 8 + lane % 4 * 2;
        *reinterpret_cast<float2*>(own) = make_float2(sum[i][j][0], sum[i][j][1]);
        *reinterpret_cast<float2*>(own + 8 * RESULT_PITCH) =
            make_float2(sum[i][j][2], sum[i][j][3]);
      }
    }
    __syncthreads();
#pragma unroll 1
    for (int group = thread; group < GROUPS; group += THREADS) {
      const int tile_row = group / (PASS_CHANNELS / 8);
      const int tile_channel = group % (PASS_CHANNELS / 8) * 8;
      const unsigned channel = (slice * PASSES + pass) * PASS_CHANNELS + tile_channel;
      if (channel >= KEPT_CHANNELS) continue;
      const int pixel_y = tile_y / DOWN + tile_row / ROW_WIDTH;
      const int pixel_x = tile_x / DOWN + tile_row % ROW_WIDTH;
      const unsigned row = (image * STAGE_H + pixel_y) * STAGE_W + pixel_x;
      float value[8] = {};
      if (pixel_y < STAGE_H && pixel_x < STAGE_W && channel < CHANNELS) {
#pragma unroll
        for (int other = 0; other < SPLIT; other++) {
          const float* const own = results + (other * ROWS + tile_row) * RESULT_PITCH + tile_channel;
#pragma unroll
          for (int quarter = 0; quarter < 8; quarter += 4) {
            const float4 four = *reinterpret_cast<const float4*>(own + quarter);
            value[quarter] += four.x;
            value[quarter + 1] += four.y;
            value[quarter + 2] += four.z;
            value[quarter + 3] += four.w;
          }
        }
        //! hole compute
        //! end
        //! hole store
        //! end
      }
      //! if KEEP
      // The next stage reads this tile; beyond the last channel and outside the image it is zero.
      Packed<half_bits, 8> kept;
#pragma unroll
      for (int lane = 0; lane < 8; lane++) kept.value[lane] = float_to_half(value[lane]);
      const int at = TARGET + tile_row * TARGET_PITCH + channel * 2;
      //! if SHARED_BY_CLUSTER
      const uint4 bits = *reinterpret_cast<const uint4*>(kept.value);
#pragma unroll
      for (int block = 0; block < CLUSTER; block++) {
        store_in_block(shared_address(shared + at), block, bits);
      }
      //! else
      *reinterpret_cast<Packed<half_bits, 8>*>(shared + at) = kept;
      //! end
      //! end
    }
    //! if PASSES > 1
    __syncthreads();
    //! end
  }
  //! if LAST == 0
  //! if SHARED_BY_CLUSTER
  arrive_at_cluster();
  await_cluster();
  //! else
  __syncthreads();
  //! end
  //! end
}
