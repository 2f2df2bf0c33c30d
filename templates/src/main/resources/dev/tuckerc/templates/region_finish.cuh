//! fragment region.finish : "the end of a stage of a region: its tile is complete, and stored"
//! shape CHANNELS, TARGET, TARGET_PITCH, ROWS, ROW_WIDTH, DOWN, STAGE_H, STAGE_W
//! shape STORED, SHARED_BY_CLUSTER, AWAITS_RESIDUALS, SLICE_CHUNKS
{
  //! constants
  //! end
  //! if AWAITS_RESIDUALS
  // What the next stage adds was asked for at the start; by now it is there.
  await_copies<0>();
  //! end
  //! if SHARED_BY_CLUSTER
  arrive_at_cluster();
  await_cluster();
  //! else
  __syncthreads();
  //! end
  //! if STORED
#pragma unroll 1
  for (int unit = thread; unit < ROWS * SLICE_CHUNKS; unit += THREADS) {
    const int tile_row = unit / SLICE_CHUNKS;
    const unsigned channel = (slice * SLICE_CHUNKS + unit % SLICE_CHUNKS) * CHUNK;
    const int pixel_y = tile_y / DOWN + tile_row / ROW_WIDTH;
    const int pixel_x = tile_x / DOWN + tile_row % ROW_WIDTH;
    if (pixel_y >= STAGE_H || pixel_x >= STAGE_W || channel >= CHANNELS) continue;
    const unsigned row = (image * STAGE_H + pixel_y) * STAGE_W + pixel_x;
    const auto kept = reinterpret_cast<const Packed<Element, CHUNK>*>(
        shared + TARGET + tile_row * TARGET_PITCH + channel * ELEMENT_BYTES);
    //! hole store
    //! end
  }
  //! end
}
