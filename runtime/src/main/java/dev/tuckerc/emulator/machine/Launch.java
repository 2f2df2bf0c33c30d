package dev.tuckerc.emulator.machine;

import dev.tuckerc.device.Dim3;
import dev.tuckerc.emulator.check.Check;
import dev.tuckerc.emulator.check.LaunchChecks;
import java.util.Set;
import java.util.function.Consumer;
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

  /// Receives what threads print; null where it was received before.
  public @Nullable Consumer<String> printer;

  /// Whether lanes of a warp run ahead of each other where they access `volatile` memory.
  boolean interleaving;

  /// What it waits for, if it began before the launches before were complete.
  @Nullable Dependency dependency;

  /// Watches its accesses to global memory, if launches may begin early.
  public @Nullable AccessWatch watch;

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

  /// Gives back what the memory checks kept of it.
  void end() {
    if (memoryChecks != null) {
      memoryChecks.end();
    }
  }

  /// The same launch with another seed, and with lanes out of step where they may be; the launches
  /// before it are complete.
  Launch inAnotherOrder() {
    Launch other =
        new Launch(
            function,
            grid,
            blockSize,
            dynamicSharedBytes,
            parameters,
            memory,
            instructionBudget,
            counting,
            checks,
            seed * 0x5851f42d4c957f2dL + 0x14057b7ef767814fL);
    other.watch = watch;
    other.interleaving = function.volatileAccesses;
    return other;
  }
}
