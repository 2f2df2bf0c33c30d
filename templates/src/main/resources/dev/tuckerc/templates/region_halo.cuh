//! fragment region.halo : "the pixels of the input that a region's tile reads, brought into shared memory"
//! shape CHUNK, IMAGE, IMAGE_CHANNELS, VECTOR, SM, DEPTHWISE
//! shape LAST_BLOCK_WINDOW, GROUP_CHANNELS, GROUP_RUN, BLOCK_CHANNELS
// The pixels under the windows of the tile, zeros outside the image.
//! if IMAGE
// Its planes are f32: a pixel becomes four channels of f16, or a chunk, the last of them zeros.
#pragma unroll 2
for (int unit = thread; unit < HALO_H * HALO_W; unit += THREADS) {
  const int y = tile_y * STEP_H - PAD_H + unit / HALO_W;
  const int x = tile_x * STEP_W - PAD_W + unit % HALO_W;
  const bool inside = unsigned(y) < unsigned(IN_H) && unsigned(x) < unsigned(IN_W);
  const float* const source =
      input + (inside ? image * STRIDE_N + y * STRIDE_H + x * STRIDE_W : 0);
  using Pixel = Packed<Element, 4 /*! IMAGE_CHANNELS */>;
  Pixel pixel = {};
#pragma unroll
  for (int channel = 0; channel < CHANNELS_IN; channel++) {
    if (inside) pixel.value[channel] = round_element(source[channel * STRIDE_C]);
  }
  *reinterpret_cast<Pixel*>(shared + HALO + unit * HALO_PITCH) = pixel;
}
//! else
//! if LAST_BLOCK_WINDOW
// Of the channels those of the groups that this block computes.
const int first_group = slice * 32 /*! BLOCK_CHANNELS */ / 4 /*! GROUP_CHANNELS */;
const int block_window =
    min(first_group * 4 /*! GROUP_RUN */ / CHUNK, 12 /*! LAST_BLOCK_WINDOW */);
//! end
#pragma unroll 1
for (int unit = thread; unit < HALO_H * HALO_W * CHUNKS; unit += THREADS) {
  const int chunk = unit % CHUNKS;
  //! if DEPTHWISE
  // The channels that this block computes: no other needs them.
  const int channel = (slice * CHUNKS + chunk) * CHUNK;
  //! else
  //! if LAST_BLOCK_WINDOW
  const int channel = (block_window + chunk) * CHUNK;
  //! else
  const int channel = chunk * CHUNK;
  //! end
  //! end
  const int pixel = unit / CHUNKS;
  const int y = tile_y * STEP_H - PAD_H + pixel / HALO_W;
  const int x = tile_x * STEP_W - PAD_W + pixel % HALO_W;
  const bool inside =
      unsigned(y) < unsigned(IN_H) && unsigned(x) < unsigned(IN_W) && channel < CHANNELS_IN;
  const Element* const source =
      input + (inside ? image * STRIDE_N + y * STRIDE_H + x * STRIDE_W + channel : 0);
  unsigned char* const target = shared + HALO + pixel * HALO_PITCH + chunk * 16;
  //! if VECTOR == CHUNK && SM >= 80
  copy_async(shared_address(target), source, inside);
  //! else
  Packed<Element, CHUNK> pixels = {};
#pragma unroll
  for (int piece = 0; piece < CHUNK; piece += VECTOR) {
    if (inside && channel + piece < CHANNELS_IN) {
      *reinterpret_cast<Packed<Element, VECTOR>*>(pixels.value + piece) =
          *reinterpret_cast<const Packed<Element, VECTOR>*>(source + piece);
    }
  }
  *reinterpret_cast<Packed<Element, CHUNK>*>(target) = pixels;
  //! end
}
//! end
commit_copies();
