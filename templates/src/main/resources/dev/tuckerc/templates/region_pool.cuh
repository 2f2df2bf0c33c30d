//! fragment region.pool : "a pool of non-overlapping windows of 2 x 2 pixels inside a region"
//! shape MAXIMUM, CHANNELS, KEPT_CHANNELS, KEEP, LAST
//! shape SOURCE, SOURCE_PITCH, TARGET, TARGET_PITCH
//! shape ROWS, ROW_WIDTH, DOWN, STAGE_H, STAGE_W
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
    const int pixel_y = tile_y / DOWN + tile_row / ROW_WIDTH;
    const int pixel_x = tile_x / DOWN + tile_row % ROW_WIDTH;
    const unsigned row = (image * STAGE_H + pixel_y) * STAGE_W + pixel_x;
    float value[8] = {};
    if (pixel_y < STAGE_H && pixel_x < STAGE_W && channel < CHANNELS) {
      const int corner = tile_row / ROW_WIDTH * 4 * ROW_WIDTH + tile_row % ROW_WIDTH * 2;
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
      //! hole store
      //! end
    }
    //! if KEEP
    Packed<half_bits, 8> kept;
#pragma unroll
    for (int lane = 0; lane < 8; lane++) kept.value[lane] = float_to_half(value[lane]);
    *reinterpret_cast<Packed<half_bits, 8>*>(
        shared + TARGET + tile_row * TARGET_PITCH + channel * 2) = kept;
    //! end
  }
  //! if LAST == 0
  __syncthreads();
  //! end
}
