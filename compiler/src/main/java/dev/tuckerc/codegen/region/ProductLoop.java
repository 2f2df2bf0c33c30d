package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.region.RegionPlan.Division;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.TensorShape;
import dev.tuckerc.cost.Unit;

/// What the main loop of a product costs the warps of a block.
///
/// @param first whether it walks the taps of a window
record ProductLoop(
    RegionArithmetic arithmetic, Division division, RegionTile tile, boolean first) {
  /// Instructions of a thread in a step of a product on tensor cores, by its parts, as counted in
  /// the machine code that NVRTC 12.9 makes for sm_90a: the loop, and the next place in the tile
  /// before it.
  private static final double STEP = 3;

  /// To walk the taps of the window, in the first product.
  private static final double TAP = 11;

  /// To load a fragment of rows.
  private static final double FRAGMENT = 2;

  /// To load a block of weights that stays in shared memory, and to take one of the stream and ask
  /// for another in its place.
  private static final double KEPT_WEIGHTS = 2;

  private static final double STREAMED_WEIGHTS = 15;

  /// To find the two rows of a block that a lane reads on scalar units.
  private static final double ROW_ADDRESSES = 2;

  /// Multiply-adds, padding of the tile included.
  double multiplyAdds() {
    return steps() * blocks() * 16 * 16 * arithmetic.stepTerms();
  }

  /// Sums that a warp, or on scalar units a thread, adds to in turn.
  double chains() {
    return switch (arithmetic) {
      case TENSOR_CORES -> 2 * blocks();
      case SCALAR -> 8 * blocks();
    };
  }

  /// Registers of a thread: the sums, operands, addresses. On tensor cores there are two sets of
  /// operands, and what ptxas needs lies a little below; on scalar units it loads weights that stay
  /// in shared memory ahead of their use.
  long registers() {
    long rows = division.rowBlocks();
    long blocks = Math.max(1, (long) Math.ceil(blocks()));
    return switch (arithmetic) {
      case TENSOR_CORES -> 56 + 16 * blocks;
      case SCALAR -> 64 + 8 * blocks + 8 * rows + (tile.resident() ? 8 * division.channelBlocks() : 0);
    };
  }

  /// Instructions of all threads.
  double instructions(DeviceDescription device) {
    double rows = division.rowBlocks();
    double weights = tile.resident() ? KEPT_WEIGHTS : STREAMED_WEIGHTS;
    double place = STEP + (first ? TAP : 0);
    double step =
        switch (arithmetic) {
          case TENSOR_CORES -> place + rows * FRAGMENT + division.channelBlocks() * weights;
          case SCALAR ->
              2 * place
                  + 2 * rows * ROW_ADDRESSES
                  + arithmetic.operandBytes(rows, division.channelBlocks()) / 512
                  + division.channelBlocks() * (weights - 1);
        };
    double products =
        switch (arithmetic.unit(device)) {
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
