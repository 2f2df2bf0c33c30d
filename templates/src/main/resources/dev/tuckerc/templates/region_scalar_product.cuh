//! fragment region.scalar_product : "one product of a region, on scalar multiply-adds"
//! shape FIRST, TABLE, TERM_CHUNKS, SOURCE, SOURCE_PITCH
//! shape ROW_BLOCKS, ROW_WIDTH
//! shape CHANNEL_BLOCKS, CHANNEL_EIGHTHS, SPLIT, PASSES, PART_STEPS, PLACES
//! shape CHUNK, LAST_WINDOW, LAST_BLOCK_WINDOW, GROUP_CHANNELS, GROUP_RUN
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
  // The parts of a sum take the steps in turns.
  const int first_chunk = part * 2;
  //! if TABLE
  const int* const offsets = reinterpret_cast<const int*>(shared + OFFSETS);
  //! end
#pragma unroll 1
  for (int pass = 0; pass < PASSES; pass++) {
    //! if LAST_WINDOW
    // The channels of a group have terms in its input channels only: a warp reads those of the groups
    // of its own channels.
    const int first_group =
        ((slice * PASSES + pass) * PLACES + place) * (CHANNEL_BLOCKS * 16) / GROUP_CHANNELS;
    //! if LAST_BLOCK_WINDOW
    const int first_of_group = first_group * GROUP_RUN / CHUNK - block_window;
    //! else
    const int first_of_group = first_group * GROUP_RUN / CHUNK;
    //! end
    const int window = min(first_of_group, LAST_WINDOW) * 16;
    //! end
    float sum[ROW_BLOCKS][CHANNEL_EIGHTHS][4] = {};
    int chunk = first_chunk;
#pragma unroll 1
    for (int step = 0; step < PART_STEPS; step++) {
      stream_of_weights.await<CHANNEL_BLOCKS>();
#pragma unroll
      for (int half = 0; half < 2; half++) {
        //! if TABLE
        const int offset = offsets[chunk];
        //! else
        const int offset = chunk * 16;
        //! end
        Packed<float, 4> a[ROW_BLOCKS][2];
#pragma unroll
        for (int i = 0; i < ROW_BLOCKS * 2; i++) {
          //! if LAST_WINDOW
          const int found = rows[i / 2][i % 2] + window + offset;
          //! else
          const int found = rows[i / 2][i % 2] + offset;
          //! end
          //! if TERM_CHUNKS % (2 * SPLIT * PART_STEPS) != 0
          const int at = chunk < TERM_CHUNKS ? found : 0;
          //! else
          const int at = found;
          //! end
          a[i / 2][i % 2] = *reinterpret_cast<const Packed<float, 4>*>(shared + at);
        }
        chunk++;
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
      chunk += 2 * SPLIT - 2;
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
