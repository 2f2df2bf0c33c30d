package dev.tuckerc.codegen.region;

import dev.tuckerc.cost.DeviceDescription;

/// A product divided among the warps of a block.
///
/// @param rowBlocks blocks of 16 rows that a warp multiplies
/// @param channelBlocks blocks of 16 channels whose weights a warp reads at a time
/// @param channelEighths blocks of 8 channels that it multiplies: fewer where the last ones are
///   beyond the channels of the layer
/// @param split parts of the terms
/// @param passes how often the warps go over the rows, each time for other channels
/// @param partSteps steps ([RegionArithmetic#stepTerms]) of one part
/// @param places groups of channels that different warps multiply at the same time
/// @param tapChunks chunks ([RegionArithmetic#chunk]) of each tap's terms
/// @param termChunks chunks of all terms, without padding
/// @param walk how a warp finds them
record Division(
    long rowBlocks,
    long channelBlocks,
    long channelEighths,
    long split,
    long passes,
    long partSteps,
    long places,
    long tapChunks,
    long termChunks,
    TermWalk walk) {
  /// Blocks of 16 x 16 sums that a warp holds in registers, at most.
  static final long MOST_FRAGMENTS = 16;

  /// Blocks of weights that it multiplies by in a step.
  private static final long MOST_CHANNEL_BLOCKS = 4;

  /// The same before sm_80, where copies to shared memory go through registers, too.
  private static final long MOST_CHANNEL_BLOCKS_TURING = 2;

  /// Blocks of weights that a stream brings for this product.
  long streamBlocks() {
    return passes * partSteps * channelBlocks;
  }

  /// Steps whose weights are on their way while a warp multiplies by others.
  ///
  /// @param depth slots
  int inFlight(long depth) {
    return (int) Math.max(1, depth / channelBlocks - 1);
  }

  /// Steps after which the same slots hold the weights; an even number, for the rows of two steps
  /// take turns.
  ///
  /// @param depth slots
  long unroll(long depth) {
    long steps = 2;
    while (steps * channelBlocks % depth != 0) {
      steps += 2;
    }
    return steps;
  }

  /// Entries of a table of the terms' places: chunks of all parts, and of the step that is looked
  /// up ahead of its use.
  long offsetCount() {
    return walk == TermWalk.TABLE ? 2 * split * (partSteps + 1) : 0;
  }

  /// Channels that all warps multiply at a time.
  long passChannels() {
    return places * channelBlocks * 16;
  }

  /// Channels of a block.
  long blockChannels() {
    return passes * passChannels();
  }

  /// Bytes of shared memory through which the parts of a sum meet.
  long exchangeBytes(long rows) {
    return split == 1 ? 0 : split * rows * places * channelEighths * 8 * 4;
  }

  /// The best division of a product, as far as it depends on the division: the shortest way through
  /// it where a block computes one tile, the least load on what its warps share where blocks hide
  /// each other's waiting.
  ///
  /// @param held whether a warp has all channels of its rows at the end
  static Division best(
      ProductTerms terms,
      long channels,
      long rows,
      boolean held,
      RegionTile tile,
      DeviceDescription device) {
    long slice = Math.ceilDiv(Math.ceilDiv(channels, 16L), tile.cluster());
    long rowBlocks = tile.rowBlocks(rows);
    double loadClocks = device.l2Load() * device.clocksPerMicrosecond();
    Division best = null;
    double least = Double.MAX_VALUE;
    long operands =
        device.computeCapability() >= 80 ? MOST_CHANNEL_BLOCKS : MOST_CHANNEL_BLOCKS_TURING;
    long most =
        held ? slice : Math.min(slice, Math.min(operands, Math.max(1, MOST_FRAGMENTS / rowBlocks)));
    for (long channelBlocks = held ? slice : 1; channelBlocks <= most; channelBlocks++) {
      long window = terms.window(16 * channelBlocks);
      long chunks = terms.count(window);
      long steps = Math.ceilDiv(chunks, 2L);
      long tapChunks = terms.taps() > 1 ? window : 0;
      for (long split = 1; split <= tile.streams(); split *= 2) {
        long places = tile.streams() / split;
        long passes = Math.ceilDiv(slice, places * channelBlocks);
        boolean whole = places == 1 && passes == 1 && tile.cluster() == 1;
        long partSteps = Math.ceilDiv(steps, split);
        long instructions = rowBlocks + 2 * channelBlocks * (rowBlocks + 1);
        Division division =
            new Division(
                rowBlocks,
                channelBlocks,
                whole ? Math.ceilDiv(channels, 8L) : 2 * channelBlocks,
                split,
                passes,
                partSteps,
                places,
                window,
                chunks,
                TermWalk.of(tile.arithmetic(), tapChunks, split, partSteps, instructions));
        double clocks = clocks(division, tile, device, loadClocks);
        if (clocks < least) {
          best = division;
          least = clocks;
        }
      }
    }
    if (best == null) {
      throw new IllegalStateException("a product has at least one division");
    }
    return best;
  }

  /// @param loadClocks of a load from the second-level cache
  private static double clocks(
      Division division, RegionTile tile, DeviceDescription device, double loadClocks) {
    double fragments = (double) division.rowBlocks() * division.channelEighths();
    RegionArithmetic arithmetic = tile.arithmetic();
    double multiplyAdds = fragments * 16 * 8 * arithmetic.stepTerms();
    double rate = multiplyAdds * tile.warps() / arithmetic.perClock(device);
    // Weights on their way to registers come through the first-level cache, which is the same
    // memory.
    double operands =
        (arithmetic.operandBytes(division.rowBlocks(), division.channelBlocks())
                + arithmetic.copiedBytes(division.channelBlocks(), tile.resident())
                + arithmetic.lookUpBytes(division.walk()))
            * tile.warps();
    double shared = operands / device.sharedBytesPerClock();
    double exchanged =
        2.0 * (division.split() - 1) / division.split() * fragments * 512 * tile.warps();
    double sums = exchanged / device.sharedBytesPerClock();
    if (tile.resident()) {
      return division.passes() * (division.partSteps() * Math.max(rate, shared) + sums);
    }
    double barriers =
        division.split() == 1 ? 0 : 2 * device.barrier() * device.clocksPerMicrosecond();
    double weights = loadClocks / division.inFlight(tile.depth());
    double step =
        Math.max(Math.max(arithmetic.stepLatency(device), weights), Math.max(rate, shared));
    return division.passes() * (division.partSteps() * step + sums + barriers);
  }
}
