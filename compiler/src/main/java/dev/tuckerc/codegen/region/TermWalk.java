package dev.tuckerc.codegen.region;

/// How a warp finds the terms of a product's sums in shared memory, step after step.
enum TermWalk {
  /// They are one run: a step's lie behind those of the step before.
  RUN,
  /// They are those of a window's taps, and each part of the sums has as many steps in one tap as
  /// in any other. All steps are written out, and where their terms lie is known at compile time.
  UNROLLED,
  /// They are those of a window's taps: a table in shared memory says where each chunk lies.
  TABLE;

  /// Instructions of a thread that may be written out, 4 KB of code: what is executed once comes
  /// from the second-level cache.
  private static final long MOST_INSTRUCTIONS = 256;

  /// How a part of a sum walks.
  ///
  /// @param tapChunks chunks of terms of a tap; 0 where all terms are one run
  /// @param split parts of the terms
  /// @param stepInstructions of a thread in one of its steps
  static TermWalk of(
      RegionArithmetic arithmetic,
      long tapChunks,
      long split,
      long partSteps,
      long stepInstructions) {
    if (tapChunks == 0) {
      return RUN;
    }
    return switch (arithmetic) {
      case TENSOR_CORES ->
          tapChunks % (2 * split) == 0 && partSteps * stepInstructions <= MOST_INSTRUCTIONS
              ? UNROLLED
              : TABLE;
      case SCALAR -> TABLE;
    };
  }
}
