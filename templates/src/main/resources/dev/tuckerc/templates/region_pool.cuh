//! fragment region.pool : "a pool of non-overlapping windows of 2 x 2 pixels inside a region"
//! shape CHUNK, MAXIMUM, CHANNELS, STORED, AWAITS_RESIDUALS, SLICED, SLICE_CHUNKS
//! shape SOURCE, SOURCE_PITCH, TARGET, TARGET_PITCH
//! shape ROWS, ROW_WIDTH, DOWN, STAGE_H, STAGE_W
//! let GROUPS = ROWS * SLICE_CHUNKS
//! hole title
// What is computed.
//! end
{
  //! constants
  //! end
#pragma unroll 1
  for (int group = thread; group < GROUPS; group += THREADS) {
    const int tile_row = group / SLICE_CHUNKS;
    //! if SLICED
    // The channels that this block computed.
    const unsigned channel = (slice * SLICE_CHUNKS + group % SLICE_CHUNKS) * CHUNK;
    if (channel >= CHANNELS) continue;
    //! else
    const unsigned channel = group % SLICE_CHUNKS * CHUNK;
    //! end
    const int corner = tile_row / ROW_WIDTH * 4 * ROW_WIDTH + tile_row % ROW_WIDTH * 2;
    float value[CHUNK] = {};
#pragma unroll
    for (int tap = 0; tap < 4; tap++) {
      const int source_row = corner + tap / 2 * 2 * ROW_WIDTH + tap % 2;
      const Packed<Element, CHUNK> pixel = *reinterpret_cast<const Packed<Element, CHUNK>*>(
          shared + SOURCE + source_row * SOURCE_PITCH + channel * ELEMENT_BYTES);
#pragma unroll
      for (int lane = 0; lane < CHUNK; lane++) {
        const float element = load_element(pixel.value[lane]);
        //! if MAXIMUM
        // A NaN wins: nothing is greater than it.
        if (tap == 0 || element > value[lane] || element != element) value[lane] = element;
        //! else
        value[lane] += element * 0.25f;
        //! end
      }
    }
    const auto kept = reinterpret_cast<Packed<Element, CHUNK>*>(
        shared + TARGET + tile_row * TARGET_PITCH + channel * ELEMENT_BYTES);
#pragma unroll
    for (int lane = 0; lane < CHUNK; lane++) kept->value[lane] = round_element(value[lane]);
    //! if STORED
    const int pixel_y = tile_y / DOWN + tile_row / ROW_WIDTH;
    const int pixel_x = tile_x / DOWN + tile_row % ROW_WIDTH;
    const unsigned row = (image * STAGE_H + pixel_y) * STAGE_W + pixel_x;
    //! if SLICED
    constexpr bool stores = true;
    //! else
    // Every block of a cluster pools the whole tile, but each pixel is stored by one of them.
    const bool stores = group % CLUSTER == slice && channel < CHANNELS;
    //! end
    if (stores && pixel_y < STAGE_H && pixel_x < STAGE_W) {
      //! hole store
      //! end
    }
    //! end
  }
  //! if AWAITS_RESIDUALS
  // What the next stage adds was asked for at the start; by now it is there.
  await_copies<0>();
  //! end
  __syncthreads();
}
