//! fragment region.other_constants : "what a region reads of shared memory besides the weights of products"
//! shape DEPTHWISE, CONSTANT_CHUNKS
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
