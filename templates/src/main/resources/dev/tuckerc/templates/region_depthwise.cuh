//! fragment region.depthwise : "the depthwise convolution at the start of a region"
//! shape CHANNELS, SOURCE, SOURCE_PITCH, TARGET, TARGET_PITCH, ROWS, ROW_WIDTH
//! shape SHARED_BY_CLUSTER, TAP_WEIGHTS, SPAN
//! hole title
// What is computed.
//! end
{
  //! constants
  //! end
  // A thread computes CHUNK neighbouring channels of 4 neighbouring pixels: a weight is read once for
  // all four, a pixel of the input once for all taps of a row that it is under.
#pragma unroll 1
  for (int unit = thread; unit < ROWS / 4 * CHUNKS; unit += THREADS) {
    const int chunk = unit % CHUNKS;
    const unsigned channel = (slice * CHUNKS + chunk) * CHUNK;
    if (channel >= CHANNELS) continue;
    const int first_row = unit / CHUNKS * 4;
    const unsigned char* const pixels =
        shared + SOURCE + chunk * 16
        + (first_row / ROW_WIDTH * STEP_H * HALO_W + first_row % ROW_WIDTH * STEP_W) * SOURCE_PITCH;
    float sum[4][CHUNK] = {};
#pragma unroll 1
    for (int tap_y = 0; tap_y < TAPS_H; tap_y++) {
      float weight[TAPS_W][CHUNK];
#pragma unroll
      for (int tap_x = 0; tap_x < TAPS_W; tap_x++) {
        const auto packed = *reinterpret_cast<const Packed<Element, CHUNK>*>(
            shared + TAP_WEIGHTS + ((tap_y * TAPS_W + tap_x) * CHUNKS + chunk) * 16);
#pragma unroll
        for (int lane = 0; lane < CHUNK; lane++) weight[tap_x][lane] = load_element(packed.value[lane]);
      }
#pragma unroll
      for (int x = 0; x < SPAN; x++) {
        const auto packed = *reinterpret_cast<const Packed<Element, CHUNK>*>(
            pixels + (tap_y * DILATION_H * HALO_W + x) * SOURCE_PITCH);
        float pixel[CHUNK];
#pragma unroll
        for (int lane = 0; lane < CHUNK; lane++) pixel[lane] = load_element(packed.value[lane]);
#pragma unroll
        for (int i = 0; i < 4; i++) {
#pragma unroll
          for (int tap_x = 0; tap_x < TAPS_W; tap_x++) {
            if (x != i * STEP_W + tap_x * DILATION_W) continue;
#pragma unroll
            for (int lane = 0; lane < CHUNK; lane++) sum[i][lane] += pixel[lane] * weight[tap_x][lane];
          }
        }
      }
    }
#pragma unroll
    for (int i = 0; i < 4; i++) {
      const unsigned row = first_row + i;
      float value[CHUNK];
#pragma unroll
      for (int lane = 0; lane < CHUNK; lane++) value[lane] = sum[i][lane];
      //! hole compute
      //! end
      // Neighbouring channels of the tile, which the next stage reads.
      Packed<Element, CHUNK> packed;
#pragma unroll
      for (int lane = 0; lane < CHUNK; lane++) packed.value[lane] = round_element(value[lane]);
      const uint4 bits = *reinterpret_cast<const uint4*>(&packed);
      const int at = TARGET + row * TARGET_PITCH + channel * ELEMENT_BYTES;
      //! if SHARED_BY_CLUSTER
#pragma unroll
      for (int block = 0; block < CLUSTER; block++) {
        store_in_block(shared_address(shared + at), block, bits);
      }
      //! else
      *reinterpret_cast<uint4*>(shared + at) = bits;
      //! end
    }
  }
  //! hole finish
  //! end
}
