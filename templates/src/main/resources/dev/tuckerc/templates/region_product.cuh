//! fragment region.product : "one product of a region"
//! shape FIRST, TERM_CHUNKS, SOURCE, SOURCE_PITCH
//! shape ROW_BLOCKS, ROW_WIDTH
//! shape CHANNEL_BLOCKS, CHANNEL_EIGHTHS, SPLIT, PASSES, PART_STEPS, PLACES
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
    unsigned a[ROW_BLOCKS][4];
    uint4 b[CHANNEL_BLOCKS];
    int chunk = first_chunk;
    //! if FIRST
    int tap_chunk = first_tap_chunk, tap_w = first_tap_w, offset = first_offset;
    //! end
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

    //! hole sums
    //! end
    //! if SPLIT > 1 && PASSES > 1
    __syncthreads();
    //! end
  }
  //! hole finish
  //! end
}
