package dev.tuckerc.codegen.gemm;

import dev.tuckerc.cost.TensorShape;

/// Instructions of the main loop of `gemm.mma`, by its parts, as counted in the machine code that
/// NVRTC 12.9 makes of it for sm_90a.
final class MmaInstructions {
  /// Of a thread in each step: the loop, the barrier, the places of the stages, and what goes
  /// before a group of asynchronous copies.
  private static final double STEP = 26;

  /// To go on to the next tap of the window.
  private static final double TAP = 4;

  /// To find the tap of a chunk by division, where a step does not lie within one.
  private static final double TAP_BY_DIVISION = 16;

  /// For a copy of 8 terms of the input: its address, and its coordinates against the image's
  /// edges.
  private static final double INPUT_COPY = 4;

  private static final double EDGES = 3;

  /// For a load of a part of such a copy, where the terms are not aligned: as above.
  private static final double INPUT_PIECE = 6.5;

  private static final double WEIGHT_COPY = 2.5;
  private static final double FRAGMENT_TERMS = 16;

  private MmaInstructions() {}

  /// Of all threads of a block in all its steps.
  ///
  /// @param taps of the window
  /// @param padded whether taps may lie outside the image
  /// @param vector terms that a load brings at a time
  /// @param multiplyAdds of the block, on tensor cores of this shape
  static double of(
      MmaConfig config,
      long taps,
      boolean padded,
      int vector,
      double multiplyAdds,
      TensorShape shape) {
    double tap = config.tapSteps() == 0 ? TAP_BY_DIVISION : taps > 1 ? TAP : 0;
    double copy =
        config.async() != 0
            ? INPUT_COPY + (padded ? EDGES : 0)
            : 8.0 / vector * INPUT_PIECE + INPUT_COPY;
    double fragments = config.tileK() / (FRAGMENT_TERMS * config.split());
    double step =
        STEP
            + tap
            + config.inputCopies() * copy
            + config.weightCopies() * WEIGHT_COPY
            + fragments * (config.rowBlocks() + config.channelBlocks());
    return config.sliceSteps() * config.threads() * step + shape.instructions(multiplyAdds);
  }
}
