package dev.tuckerc.emulator;

import dev.tuckerc.emulator.check.Check;
import java.util.Set;

/// How the emulator runs kernels.
///
/// @param threads worker threads; results do not depend on it
/// @param computeCapability major * 10 + minor that the device reports
/// @param instructionBudget most instructions of one warp, against endless loops
/// @param counting whether memory access patterns are counted (sectors, bank conflicts)
/// @param checks defects to look for beside bounds and alignment
/// @param seed of every random order
/// @param scalarized whether values that are the same in all lanes of a warp are computed once;
///   results do not depend on it
/// @param translated whether hot code is translated to bytecode of the Java virtual machine;
///   results do not depend on it
public record EmulatorOptions(
    int threads,
    int computeCapability,
    long instructionBudget,
    boolean counting,
    Set<Check> checks,
    long seed,
    boolean scalarized,
    boolean translated) {

  /// Fast: all cores, no optional checks. Bounds of buffers are always checked.
  public static final EmulatorOptions DEFAULT =
      new EmulatorOptions(
          Runtime.getRuntime().availableProcessors(),
          90,
          4_000_000_000L,
          false,
          Set.of(),
          0,
          true,
          true);

  public EmulatorOptions {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, not " + threads);
    }
    if (instructionBudget < 1) {
      throw new IllegalArgumentException(
          "instruction budget must be at least 1, not " + instructionBudget);
    }
    checks = Set.copyOf(checks);
  }

  /// The same with another number of worker threads.
  public EmulatorOptions withThreads(int count) {
    return new EmulatorOptions(
        count,
        computeCapability,
        instructionBudget,
        counting,
        checks,
        seed,
        scalarized,
        translated);
  }

  /// The same with another instruction budget.
  public EmulatorOptions withInstructionBudget(long budget) {
    return new EmulatorOptions(
        threads, computeCapability, budget, counting, checks, seed, scalarized, translated);
  }

  /// The same with memory access patterns counted or not.
  public EmulatorOptions withCounting(boolean on) {
    return new EmulatorOptions(
        threads, computeCapability, instructionBudget, on, checks, seed, scalarized, translated);
  }

  /// The same with other checks.
  public EmulatorOptions withChecks(Set<Check> some) {
    return new EmulatorOptions(
        threads,
        computeCapability,
        instructionBudget,
        counting,
        some,
        seed,
        scalarized,
        translated);
  }

  /// The same with another seed.
  public EmulatorOptions withSeed(long other) {
    return new EmulatorOptions(
        threads,
        computeCapability,
        instructionBudget,
        counting,
        checks,
        other,
        scalarized,
        translated);
  }

  /// The same with values that are the same in all lanes computed once or for each lane.
  public EmulatorOptions withScalarized(boolean on) {
    return new EmulatorOptions(
        threads, computeCapability, instructionBudget, counting, checks, seed, on, translated);
  }

  /// The same with hot code translated or not.
  public EmulatorOptions withTranslated(boolean on) {
    return new EmulatorOptions(
        threads, computeCapability, instructionBudget, counting, checks, seed, scalarized, on);
  }
}
