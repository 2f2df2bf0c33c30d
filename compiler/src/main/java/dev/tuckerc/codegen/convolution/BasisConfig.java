package dev.tuckerc.codegen.convolution;

/// The constants of a candidate of `conv.basis` that code outside the template needs; the template
/// documents them.
record BasisConfig(
    int chunk,
    int pixels,
    int warps,
    int outputsEach,
    int threads,
    int tilePixels,
    int tileOutputs,
    int chunks,
    int taps,
    int items,
    int paddedOutputs,
    int pitch,
    int sharedElements) {

  /// Registers of a thread: the basis, the sums, addresses.
  int registers(long kernels) {
    return Math.toIntExact(Math.min(255, 40 + kernels * (taps + 1) + (long) pixels * outputsEach));
  }
}
