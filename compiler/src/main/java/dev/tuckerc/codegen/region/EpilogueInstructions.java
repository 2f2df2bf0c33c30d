package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.emit.ScalarInstructions;
import dev.tuckerc.codegen.region.RegionChain.Product;
import dev.tuckerc.cost.DeviceDescription;

/// What becomes of a product's sums in registers, as counted in the machine code that NVRTC 12.9
/// makes for sm_90a.
final class EpilogueInstructions {
  /// To convert two neighbouring results, in half precision both at once.
  private static final double PAIR = 1;

  /// To store them to the tile.
  private static final double STORE = 2;

  /// To load a constant of both channels from shared memory.
  private static final double CONSTANT = 1;

  /// To find and load what is added to both, and to convert it.
  private static final double RESIDUAL = 5;

  private EpilogueInstructions() {}

  /// Of a thread for two neighbouring results of a product.
  ///
  /// @param constants how many tensors of one value a channel the epilogue reads
  /// @param held whether the results stay in registers
  static double ofPair(
      Product product,
      long constants,
      boolean held,
      RegionArithmetic arithmetic,
      DeviceDescription device) {
    double each =
        ScalarInstructions.of(
            product.problem().body(),
            arithmetic == RegionArithmetic.TENSOR_CORES,
            device.computeCapability());
    return PAIR
        + (held ? 0 : STORE)
        + 2 * each
        + CONSTANT * constants
        + RESIDUAL * product.residuals().size();
  }
}
