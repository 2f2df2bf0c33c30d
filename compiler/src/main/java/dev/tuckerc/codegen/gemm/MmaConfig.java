package dev.tuckerc.codegen.gemm;

/// The constants of a candidate of `gemm.mma` that code outside the template needs; the template
/// documents them.
record MmaConfig(
    long tileRows,
    long tileChannels,
    long warpRows,
    long warpChannels,
    long tileK,
    long split,
    long slices,
    int firstTiles,
    int async,
    int stages,
    int warps,
    int threads,
    long ownSteps,
    long steps,
    long sliceSteps,
    long tiles,
    long partPitch,
    int inputCopies,
    int weightCopies,
    long tapSteps,
    int rowBlocks,
    int channelBlocks,
    long paddedBlocks,
    int sharedBytes) {

  /// Terms of the sum, each tap's run and the whole sum padded.
  long terms() {
    return steps * tileK;
  }

  /// Those before the terms of a branch.
  long ownTerms() {
    return ownSteps * tileK;
  }

  /// Stages whose data is on its way while one is multiplied.
  int inFlight() {
    return async != 0 ? stages - 1 : 1;
  }

  /// Registers of a thread: sums, fragments, addresses.
  int registers() {
    int fragments = rowBlocks * channelBlocks;
    return Math.min(255, 48 + 8 * fragments + 4 * (rowBlocks + channelBlocks) + 5 * inputCopies);
  }
}
