package dev.tuckerc.emulator.machine;

import dev.tuckerc.device.Dim3;
import dev.tuckerc.emulator.check.Check;
import dev.tuckerc.emulator.check.LaunchChecks;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One launch of a kernel: what all its blocks share.
public final class Launch {
  /// The kernel.
  public final DecodedFunction function;

  /// Blocks.
  public final Dim3 grid;

  /// Threads of a block.
  public final Dim3 blockSize;

  /// Dynamic shared memory in bytes.
  public final int dynamicSharedBytes;

  /// Kernel parameters.
  public final Region parameters;

  /// Global memory.
  public final GlobalMemory memory;

  /// Most instructions of a warp.
  public final long instructionBudget;

  /// Whether the memory counters are kept.
  public final boolean counting;

  /// Defects to look for.
  public final Set<Check> checks;

  /// The memory checks, where some are on.
  public final @Nullable LaunchChecks memoryChecks;

  /// Seed of every random order.
  public final long seed;

  public Launch(
      DecodedFunction function,
      Dim3 grid,
      Dim3 blockSize,
      int dynamicSharedBytes,
      Region parameters,
      GlobalMemory memory,
      long instructionBudget,
      boolean counting,
      Set<Check> checks,
      long seed) {
    this.function = function;
    this.grid = grid;
    this.blockSize = blockSize;
    this.dynamicSharedBytes = dynamicSharedBytes;
    this.parameters = parameters;
    this.memory = memory;
    this.instructionBudget = instructionBudget;
    this.counting = counting;
    this.checks = checks;
    this.seed = seed;
    this.memoryChecks =
        LaunchChecks.of(checks, function.name, grid, blockSize, function.clusterDimensions);
  }
}
