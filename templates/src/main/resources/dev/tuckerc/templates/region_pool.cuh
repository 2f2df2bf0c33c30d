//! fragment region.pool : "a pool of non-overlapping windows of 2 x 2 pixels inside a region"
//! shape MAXIMUM, CHANNELS, STORED, AWAITS_RESIDUALS
//! shape SOURCE, SOURCE_PITCH, TARGET, TARGET_PITCH
//! shape ROWS, ROW_WIDTH, DOWN, STAGE_H, STAGE_W
//! let KEPT_CHANNELS = ceildiv(CHANNELS, 8) * 8
//! let GROUPS = ROWS * KEPT_CHANNELS / 8
//! hole title
// What is computed.
//! end
{
  //! constants
  //! end
#pragma unroll 1
  for (int group = thread; group < GROUPS; group += THREADS) {
    const int tile_row = group / (KEPT_CHANNELS / 8);
    const unsigned channel = group % (KEPT_CHANNELS / 8) * 8;
    const int corner = tile_row / ROW_WIDTH * 4 * ROW_WIDTH + tile_row % ROW_WIDTH * 2;
    float value[8] = {};
#pragma unroll
    for (int tap = 0; tap < 4; tap++) {
      const int source_row = corner + tap / 2 * 2 * ROW_WIDTH + tap % 2;
      const Packed<half_bits, 8> pixel = *reinterpret_cast<const Packed<half_bits, 8>*>(
          shared + SOURCE + source_row * SOURCE_PITCH + channel * 2);
#pragma unroll
      for (int lane = 0; lane < 8; lane++) {
        const float element = half_to_float(pixel.value[lane]);
        //! if MAXIMUM
        // A NaN wins: nothing is greater than it.
        if (tap == 0 || element > value[lane] || element != element) value[lane] = element;
        //! else
        value[lane] += element * 0.25f;
        //! end
      }
    }
    const auto kept = reinterpret_cast<Packed<half_bits, 8>*>(
        shared + TARGET + tile_row * TARGET_PITCH + channel * 2);
#pragma unroll
    for (int lane = 0; lane < 8; lane++) kept->value[lane] = float_to_half(value[lane]);
    //! if STORED
    const int pixel_y = tile_y / DOWN + tile_row / ROW_WIDTH;
    const int pixel_x = tile_x / DOWN + tile_row % ROW_WIDTH;
    const unsigned row = (image * STAGE_H + pixel_y) * STAGE_W + pixel_x;
    // Every block of a cluster pools the whole tile, but each pixel is stored by one of them.
    if (group % CLUSTER == slice && pixel_y < STAGE_H && pixel_x < STAGE_W && channel < CHANNELS) {
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
