package dev.tuckerc.emulator;

/// How the emulator runs kernels.
///
/// @param threads worker threads; results do not depend on it
/// @param computeCapability major * 10 + minor that the device reports
/// @param instructionBudget most instructions of one warp, against endless loops
/// @param counting whether memory access patterns are counted (sectors, bank conflicts)
/// @param deferredCopies whether `cp.async` data becomes visible only when waited for
/// @param scalarized whether values that are the same in all lanes of a warp are computed once;
///   results do not depend on it
public record EmulatorOptions(
    int threads,
    int computeCapability,
    long instructionBudget,
    boolean counting,
    boolean deferredCopies,
    boolean scalarized) {

  /// Fast: all cores, no optional checks. Bounds of buffers are always checked.
  public static final EmulatorOptions DEFAULT =
      new EmulatorOptions(
          Runtime.getRuntime().availableProcessors(), 90, 4_000_000_000L, false, false, true);

  public EmulatorOptions {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, not " + threads);
    }
    if (instructionBudget < 1) {
      throw new IllegalArgumentException(
          "instruction budget must be at least 1, not " + instructionBudget);
    }
  }

  /// The same with another number of worker threads.
  public EmulatorOptions withThreads(int count) {
    return new EmulatorOptions(
        count, computeCapability, instructionBudget, counting, deferredCopies, scalarized);
  }

  /// The same with another instruction budget.
  public EmulatorOptions withInstructionBudget(long budget) {
    return new EmulatorOptions(
        threads, computeCapability, budget, counting, deferredCopies, scalarized);
  }

  /// The same with memory access patterns counted or not.
  public EmulatorOptions withCounting(boolean on) {
    return new EmulatorOptions(
        threads, computeCapability, instructionBudget, on, deferredCopies, scalarized);
  }

  /// The same with `cp.async` data deferred or not.
  public EmulatorOptions withDeferredCopies(boolean on) {
    return new EmulatorOptions(
        threads, computeCapability, instructionBudget, counting, on, scalarized);
  }

  /// The same with values that are the same in all lanes computed once or for each lane.
  public EmulatorOptions withScalarized(boolean on) {
    return new EmulatorOptions(
        threads, computeCapability, instructionBudget, counting, deferredCopies, on);
  }
}
