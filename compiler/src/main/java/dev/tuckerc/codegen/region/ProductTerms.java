package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.gemm.GemmProblem;
import dev.tuckerc.codegen.region.RegionChain.Product;

/// The terms of a product's sums, in chunks ([RegionArithmetic#chunk]): those of the taps one after
/// the other, then those of a branch. The channels of a group have terms in that group's input
/// channels only, so a warp reads of each tap the chunks under the groups of its own channels: a
/// window, of the same length for all warps. Likewise a block of a cluster.
///
/// @param taps of the window, or its rows where each is one run
/// @param tapChunks chunks of a tap, of all groups
/// @param more chunks of a branch
/// @param groups of the convolution
/// @param channels of all groups
/// @param run input channels of all groups
/// @param chunk elements of a chunk
record ProductTerms(
    long taps, long tapChunks, long more, long groups, long channels, long run, long chunk) {

  /// Those of a stage.
  ///
  /// @param first whether it is the one that may have a window of several taps
  static ProductTerms of(RegionChain chain, Product product, boolean first) {
    GemmProblem problem = product.problem();
    RegionArithmetic arithmetic = chain.arithmetic();
    // Where a row of the window is one run, its channels do not lie together.
    boolean packed = first && chain.packsPixels();
    return new ProductTerms(
        first ? chain.firstTaps() : 1,
        first ? chain.firstChunks() : arithmetic.chunks(problem.run()),
        problem.branch().map(branch -> arithmetic.chunks(branch.run())).orElse(0L),
        packed ? 1 : problem.weight().diagonal().blocks(),
        problem.channels(),
        problem.run(),
        arithmetic.chunk());
  }

  /// Channels of a group.
  long groupChannels() {
    return channels / groups;
  }

  /// Input channels of a group.
  long groupRun() {
    return run / groups;
  }

  /// Chunks of a tap under the groups of neighbouring channels, at most.
  ///
  /// @param together channels whose terms are read together: those that a warp multiplies at a
  ///   time, or those of a block
  long window(long together) {
    if (groups == 1) {
      return tapChunks;
    }
    // After as many channels it is the same again, further along.
    long period = together;
    while (period < channels
        && (period % groupChannels() != 0 || period / groupChannels() * groupRun() % chunk != 0)) {
      period += together;
    }
    long most = 0;
    for (long first = 0; first < Math.min(period, channels); first += together) {
      long last = Math.min(first + together, channels) - 1;
      long end = Math.ceilDiv((last / groupChannels() + 1) * groupRun(), chunk);
      most = Math.max(most, end - firstOfGroup(first));
    }
    return most;
  }

  /// Where the window of a block begins among the chunks of a tap; it ends with the last of them at
  /// the latest.
  ///
  /// @param firstChannel of the block
  /// @param window its chunks
  long firstChunk(long firstChannel, long window) {
    return Math.min(firstOfGroup(firstChannel), tapChunks - window);
  }

  /// The same of a warp, whose window ends with that of its block at the latest.
  ///
  /// @param firstChannel of those that it multiplies at a time
  /// @param blockChunk where the window of its block begins
  /// @param blockWindow chunks of that
  long firstChunk(long firstChannel, long window, long blockChunk, long blockWindow) {
    return blockChunk + Math.min(firstOfGroup(firstChannel) - blockChunk, blockWindow - window);
  }

  private long firstOfGroup(long channel) {
    return channel / groupChannels() * groupRun() / chunk;
  }

  /// All chunks of a warp's sums.
  ///
  /// @param window of a tap
  long count(long window) {
    return taps * window + more;
  }
}
