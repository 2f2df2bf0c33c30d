//! fragment region.product : "one product of a region"
//! shape FIRST, TABLE, TAP_STEPS, TERM_CHUNKS, SOURCE, SOURCE_PITCH
//! shape ROW_BLOCKS, ROW_WIDTH
//! shape CHANNEL_BLOCKS, CHANNEL_EIGHTHS, SPLIT, PASSES, PART_STEPS, PLACES
//! shape DEPTH, UNROLL, REFILLS, ODD_ROW
//! shape READS_HELD, CHUNK, LAST_WINDOW, LAST_BLOCK_WINDOW, GROUP_CHANNELS, GROUP_RUN
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
  //! hole held
  //! end
  //! if READS_HELD == 0
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
  // A step has two chunks of 8 terms; the upper half of the warp addresses the second. The parts of
  // a sum take the steps in turns.
  const int first_chunk = part * 2 + lane / 16;
  //! if TABLE
  const int* const offsets = reinterpret_cast<const int*>(shared + OFFSETS);
  //! end
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
    //! if READS_HELD == 0
    unsigned a[2][ROW_BLOCKS][4];
    int chunk = first_chunk;
    //! if TABLE
    int offset = offsets[chunk];
    //! end
    // Loads the rows of a step; it is called for one after the other.
    auto load = [&](unsigned (&to)[ROW_BLOCKS][4], int step) {
      //! if TAP_STEPS
      const int tap = step / TAP_STEPS;
      const int offset = (first_chunk + step % TAP_STEPS * SPLIT * 2) * 16
          + (tap / TAPS_W * (DILATION_H * HALO_W) + tap % TAPS_W * DILATION_W) * SOURCE_PITCH;
      //! end
      //! if TAP_STEPS == 0 && TABLE == 0
      const int offset = chunk * 16;
      //! end
#pragma unroll
      for (int i = 0; i < ROW_BLOCKS; i++) {
        //! if LAST_WINDOW
        const unsigned at = rows[i] + window + offset;
        //! else
        const unsigned at = rows[i] + offset;
        //! end
        //! if TERM_CHUNKS % (2 * SPLIT * PART_STEPS) != 0
        load_fragment(to[i], chunk < TERM_CHUNKS ? at : zeros);
        //! else
        load_fragment(to[i], at);
        //! end
        //! if ODD_ROW
        // Behind the last tap of a row lies a pixel that is no term; its weight is zero, but it need
        // not be finite.
        if (chunk / 2 % (CHUNKS / 2) == CHUNKS / 2 - 1 && lane % 4 >= 2) to[i][2] = to[i][3] = 0;
        //! end
      }
      chunk += 2 * SPLIT;
      //! if TABLE
      offset = offsets[chunk];
      //! end
    };
    //! end
    // One step; the rows of the next one are on their way meanwhile. `place` is its place among the
    // steps after which the weights' slots repeat, `used` counts blocks of weights before it.
    auto multiply = [&](int place, int used, bool more) {
      //! if READS_HELD == 0
      if (more) load(a[(place + 1) % 2], place + 1);
      //! end
#pragma unroll
      for (int j = 0; j < CHANNEL_BLOCKS; j++) {
        const int slot = (place * CHANNEL_BLOCKS + j) % DEPTH;
        const uint4 b = stream_of_weights.held[slot];
#pragma unroll
        for (int i = 0; i < ROW_BLOCKS; i++) {
          //! if READS_HELD
          const unsigned (&row)[4] = held_rows[i][place];
          //! else
          const unsigned (&row)[4] = a[place % 2][i];
          //! end
          multiply_add(sum[i][2 * j], row, b.x, b.y);
          if (2 * j + 1 < CHANNEL_EIGHTHS) multiply_add(sum[i][2 * j + 1], row, b.z, b.w);
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
    //! if READS_HELD == 0
    load(a[0], 0);
    //! end
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

    //! hole sums
    //! end
    //! if SPLIT > 1 && PASSES > 1
    __syncthreads();
    //! end
  }
  //! hole finish
  //! end
}
