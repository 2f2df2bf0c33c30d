package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.region.RegionPlan.Division;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.TensorShape;
import dev.tuckerc.cost.Unit;

/// What the main loop of a product costs the warps of a block.
///
/// @param first whether it walks the taps of a window
record ProductLoop(Division division, RegionTile tile, boolean first) {
  /// Instructions of a thread in a step, by its parts, as counted in the machine code that NVRTC
  /// 12.9 makes for sm_90a: the loop, and the next place in the tile before it.
  private static final double STEP = 2;

  /// To walk the taps of the window, in the first product.
  private static final double TAP = 11;

  /// To load a fragment of rows.
  private static final double FRAGMENT = 2;

  /// To ask for a block of weights.
  private static final double WEIGHTS = 2;

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
    long rows = 8 * division.rowBlocks();
    return switch (tile.arithmetic()) {
      case TENSOR_CORES -> 48 + 4 * tile.depth() + sums + rows;
      case SCALAR -> 64 + sums + rows + (tile.resident() ? 8 * division.channelBlocks() : 0);
    };
  }

  /// Bytes between shared memory and registers.
  double sharedBytes() {
    RegionArithmetic arithmetic = tile.arithmetic();
    double rows = arithmetic.operandBytes(division.rowBlocks(), 0);
    double weights = arithmetic.operandBytes(0, division.channelBlocks());
    double copied = arithmetic.copiedBytes(division.channelBlocks(), tile.resident());
    return steps() * (rows + weights + copied) - bytesToRegisters();
  }

  /// Bytes of weights that go past shared memory.
  double bytesToRegisters() {
    return switch (tile.arithmetic()) {
      case TENSOR_CORES -> tile.resident() ? 0 : steps() * 512 * division.channelBlocks();
      case SCALAR -> 0;
    };
  }

  /// Instructions of all threads.
  double instructions(DeviceDescription device) {
    double rows = division.rowBlocks();
    double blocks = division.channelBlocks();
    double place = STEP + (first ? TAP : 0);
    double step =
        switch (tile.arithmetic()) {
          case TENSOR_CORES -> place + rows * FRAGMENT + blocks * WEIGHTS;
          case SCALAR ->
              2 * (place + rows * ROW_ADDRESSES)
                  + tile.arithmetic().operandBytes(rows, blocks) / 512
                  + (tile.resident() ? 1 : SHARED_WEIGHTS) * blocks;
        };
    double products =
        switch (tile.arithmetic().unit(device)) {
          case TensorShape shape -> 32 * multiplyAdds() / shape.multiplyAdds();
          case Unit.Scalar _ -> multiplyAdds();
        };
    return 32 * steps() * step + products;
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
