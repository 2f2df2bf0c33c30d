package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.region.RegionChain.Product;

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
  static double ofPair(DeviceChain chain, RegionPlan plan, int stage, Product product) {
    return PAIR
        + (plan.stages().get(stage).held() ? 0 : STORE)
        + 2 * chain.epilogue(stage)
        + CONSTANT * constants(chain.chain(), plan, stage)
        + RESIDUAL * product.residuals().size();
  }

  /// Constants that an epilogue reads for each result. Where the results stay in registers nothing
  /// is stored in between, and a thread loads those of its channels once for all its rows.
  static double constants(RegionChain chain, RegionPlan plan, int stage) {
    long constants = 0;
    for (RegionChain.Kept kept : chain.kept()) {
      constants += kept.stage() == stage ? 1 : 0;
    }
    RegionPlan.StagePlan own = plan.stages().get(stage);
    return own.held() ? constants / (2.0 * own.division().orElseThrow().rowBlocks()) : constants;
  }
}
