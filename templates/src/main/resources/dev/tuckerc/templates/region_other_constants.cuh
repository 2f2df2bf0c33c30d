//! fragment region.other_constants : "what a region reads of shared memory besides the weights of products"
//! shape DEPTHWISE, CONSTANT_CHUNKS, OFFSET_COUNT
//! if DEPTHWISE
// So are the taps of the depthwise convolution, for the channels of this block.
for (int unit = thread; unit < TAPS_H * TAPS_W * CHUNKS; unit += THREADS) {
  const int chunk = (unit / CHUNKS * CLUSTER + slice) * CHUNKS + unit % CHUNKS;
  copy_async(shared_address(shared + TAP_WEIGHTS + unit * 16), taps + chunk * CHUNK, true);
}
//! end
//! if CONSTANT_CHUNKS
// So are the constants of the epilogues.
for (int unit = thread; unit < CONSTANT_CHUNKS; unit += THREADS) {
  copy_async(shared_address(shared + CONSTANTS + unit * 16), constants + unit * 4, true);
}
//! end
//! if OFFSET_COUNT
// How far behind the first pixel under a window each chunk of the first product's terms lies.
for (int chunk = thread; chunk < OFFSET_COUNT; chunk += THREADS) {
  const int tap = chunk / TAP_CHUNKS;
  reinterpret_cast<int*>(shared + OFFSETS)[chunk] = chunk % TAP_CHUNKS * 16
      + (tap / TAPS_W * (DILATION_H * HALO_W) + tap % TAPS_W * DILATION_W) * HALO_PITCH;
}
//! end
