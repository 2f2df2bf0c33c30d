//! fragment region.scalar_product : "one product of a region, on scalar multiply-adds"
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
    //! hole sums
    //! end
    //! if SPLIT > 1 && PASSES > 1
    __syncthreads();
    //! end
  }
  //! hole finish
  //! end
}
