//! fragment region.residual : "a tensor that a product of a region reads beside the tile before it, brought into shared memory"
//! shape CHUNK, CHANNELS, STEP_N, STEP_Y, STEP_X, VECTOR, SM, SLICED, SLICE_CHUNKS, TARGET, TARGET_PITCH
//! shape ROWS, ROW_WIDTH, DOWN, STAGE_H, STAGE_W
//! hole title
// What is added later.
//! end
{
  //! constants
  //! end
#pragma unroll 1
  for (int unit = thread; unit < ROWS * SLICE_CHUNKS; unit += THREADS) {
    const int tile_row = unit / SLICE_CHUNKS;
    //! if SLICED
    const int channel = (slice * SLICE_CHUNKS + unit % SLICE_CHUNKS) * CHUNK;
    if (channel >= CHANNELS) continue;
    //! else
    const int channel = unit % SLICE_CHUNKS * CHUNK;
    //! end
    const int pixel_y = tile_y / DOWN + tile_row / ROW_WIDTH;
    const int pixel_x = tile_x / DOWN + tile_row % ROW_WIDTH;
    const bool inside = pixel_y < STAGE_H && pixel_x < STAGE_W;
    const int offset =
        inside ? image * STEP_N + pixel_y * STEP_Y + pixel_x * STEP_X + channel : 0;
    //! hole source
    const Element* const source = residual + offset;
    //! end
    unsigned char* const target = shared + TARGET + tile_row * TARGET_PITCH + channel * ELEMENT_BYTES;
    //! if VECTOR == CHUNK && SM >= 80
    copy_async(shared_address(target), source, inside);
    //! else
    Packed<Element, CHUNK> pixel = {};
#pragma unroll
    for (int piece = 0; piece < CHUNK; piece += VECTOR) {
      if (inside && channel + piece < CHANNELS) {
        *reinterpret_cast<Packed<Element, VECTOR>*>(pixel.value + piece) =
            *reinterpret_cast<const Packed<Element, VECTOR>*>(source + piece);
      }
    }
    *reinterpret_cast<Packed<Element, CHUNK>*>(target) = pixel;
    //! end
  }
}
