package dev.tuckerc.codegen.region;

import dev.tuckerc.cost.Unit;

/// What the main loop of a product costs the warps of a block.
///
/// @param readsHeld whether its rows are in registers already
record ProductLoop(Division division, RegionTile tile, boolean readsHeld) {
  /// Instructions of a thread in a step, as counted in the machine code that NVRTC 12.9 makes for
  /// sm_90a.
  ///
  /// @param step the loop, the meeting of the lanes, the next place in the tile
  /// @param fragment to load a fragment of rows
  /// @param weights to ask for a block of weights
  private record Instructions(double step, double fragment, double weights) {
    static Instructions of(TermWalk walk) {
      return switch (walk) {
        case RUN -> new Instructions(2, 2, 2);
        // Addresses are immediates.
        case UNROLLED -> new Instructions(1, 1, 1);
        case TABLE -> new Instructions(4, 2, 2);
      };
    }
  }

  /// To ask for a block of weights that goes to shared memory, and to find it there.
  private static final double SHARED_WEIGHTS = 14;

  /// To find the two rows of a block that a lane reads on scalar units.
  private static final double ROW_ADDRESSES = 2;

  /// Multiply-adds, padding of the tile included.
  double multiplyAdds() {
    return steps() * blocks() * 16 * 16 * tile.arithmetic().stepTerms();
  }

  /// Sums that a warp, or on scalar units a thread, adds to in turn.
  double chains() {
    return switch (tile.arithmetic()) {
      case TENSOR_CORES -> 2 * blocks();
      case SCALAR -> 8 * blocks();
    };
  }

  /// Registers of a thread: addresses, the sums, operands; what ptxas needs lies a little below.
  /// For tensor cores there are two sets of rows, and the weights on their way; on scalar units
  /// weights that stay in shared memory are loaded ahead of their use.
  long registers() {
    long sums = 8 * (long) Math.ceil(blocks());
    long rows = division.rowBlocks() * (readsHeld ? 4 * division.partSteps() : 8);
    return switch (tile.arithmetic()) {
      case TENSOR_CORES -> 48 + 4 * tile.depth() + sums + rows;
      case SCALAR -> 64 + sums + rows + (tile.resident() ? 8 * division.channelBlocks() : 0);
    };
  }

  /// Bytes between shared memory and registers.
  double sharedBytes() {
    RegionArithmetic arithmetic = tile.arithmetic();
    double rows = readsHeld ? 0 : arithmetic.operandBytes(division.rowBlocks(), 0);
    double weights = arithmetic.operandBytes(0, division.channelBlocks());
    double copied = arithmetic.copiedBytes(division.channelBlocks(), tile.resident());
    double places = arithmetic.lookUpBytes(division.walk());
    return steps() * (rows + weights + copied + places) - bytesToRegisters();
  }

  /// Bytes of weights that go past shared memory.
  double bytesToRegisters() {
    return switch (tile.arithmetic()) {
      case TENSOR_CORES -> tile.resident() ? 0 : steps() * 512 * division.channelBlocks();
      case SCALAR -> 0;
    };
  }

  /// Instructions of all threads.
  ///
  /// @param unit what multiplies
  double instructions(Unit unit) {
    double rows = readsHeld ? 0 : division.rowBlocks();
    double blocks = division.channelBlocks();
    Instructions each = Instructions.of(division.walk());
    double step =
        switch (tile.arithmetic()) {
          case TENSOR_CORES -> each.step() + rows * each.fragment() + blocks * each.weights();
          case SCALAR ->
              2 * (each.step() + rows * ROW_ADDRESSES)
                  + tile.arithmetic().operandBytes(rows, blocks) / 512
                  + (tile.resident() ? 1 : SHARED_WEIGHTS) * blocks;
        };
    return 32 * steps() * step + unit.instructions(multiplyAdds());
  }

  /// Steps of all warps together.
  private double steps() {
    return (double) division.passes() * division.partSteps() * tile.warps();
  }

  /// Blocks of 16 x 16 sums of a warp.
  private double blocks() {
    return division.rowBlocks() * division.channelEighths() / 2.0;
  }
}
