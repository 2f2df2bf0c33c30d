package dev.tuckerc.lab.bench;

/// How much is measured.
///
/// @param batches of sequences submitted behind one another
/// @param batch sequences of a batch; each gives one sample
/// @param hostSamples sequences timed on the host, one at a time
/// @param warmUpSeconds of replays before the first batch
/// @param chain dependent runs of a kernel in one sequence: as many as the peers' layers have
/// @param cacheBytes size of the second-level cache
/// @param mostCopies of the memory
record Effort(
    int batches,
    int batch,
    int hostSamples,
    double warmUpSeconds,
    int chain,
    long cacheBytes,
    int mostCopies) {
  /// As in `peers/timing.py`, which has to rotate as many copies as is done here.
  static final int CHAIN = 32;

  private static final int MOST_COPIES = 4096;

  /// On a GPU.
  static Effort ofGpu(long cacheBytes, boolean quick) {
    return new Effort(
        quick ? 2 : 8, 16, quick ? 16 : 32, quick ? 0.02 : 0.1, CHAIN, cacheBytes, MOST_COPIES);
  }

  /// On the emulator, whose times only show that measuring works.
  static Effort ofEmulator() {
    return new Effort(1, 2, 1, 0, 2, 0, 2);
  }

  /// Copies that take turns so that together they exceed the cache twice, and no run finds its data
  /// where the run before left it; at least 2.
  ///
  /// @param bytes of one copy: what the operation reads and writes, without biases
  int copies(long bytes) {
    long wanted = 2 * cacheBytes / Math.max(1, bytes) + 1;
    return (int) Math.max(2, Math.min(mostCopies, wanted));
  }

  /// Whether so many copies exceed the cache twice.
  boolean isCold(int copies, long bytes) {
    return copies * bytes > 2 * cacheBytes;
  }
}
