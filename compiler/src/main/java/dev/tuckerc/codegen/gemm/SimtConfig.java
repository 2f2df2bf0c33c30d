package dev.tuckerc.codegen.gemm;

/// The constants of a candidate of `gemm.simt` that code outside the template needs; the template
/// documents them.
record SimtConfig(
    long tileRows,
    long tileChannels,
    int threadRows,
    int threadChannels,
    long tileK,
    int split,
    int threads,
    int group,
    int threadsChannels,
    long steps,
    long splitSteps,
    int inputLoads,
    int weightLoads,
    long paddedChannels,
    int sharedElements) {

  /// Terms of the sum, each tap's run and each part padded.
  long terms() {
    return splitSteps * split * tileK;
  }

  /// Registers of a thread: sums, operands, loads under way, addresses.
  int registers() {
    return Math.min(
        255,
        40
            + threadRows * threadChannels
            + 6 * threadRows
            + threadChannels
            + 4 * inputLoads
            + 4 * weightLoads);
  }
}
