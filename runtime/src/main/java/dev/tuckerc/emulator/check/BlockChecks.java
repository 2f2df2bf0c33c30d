package dev.tuckerc.emulator.check;

import org.jspecify.annotations.Nullable;

/// The memory checks of a block: its shared memory and what its barriers order.
public final class BlockChecks {
  final LaunchChecks launch;

  /// What is known of its shared memory.
  public final Shadow shared;

  private final @Nullable Clock[] pending;
  private @Nullable Clock exited;
  private int block;

  /// @param sharedBytes bytes of shared memory
  /// @param barriers number of named barriers
  public BlockChecks(LaunchChecks launch, int sharedBytes, int barriers) {
    this.launch = launch;
    this.shared = new Shadow("shared memory", sharedBytes, false, launch.initialization);
    this.pending = new Clock[barriers];
  }

  /// Prepares for a block.
  public void start(int x, int y, int z, int rank) {
    block = launch.firstWarp(x, y, z, rank) / launch.warpsPerBlock;
    shared.block = block;
    shared.restart();
    java.util.Arrays.fill(pending, null);
    exited = null;
  }

  int firstWarp() {
    return block * launch.warpsPerBlock;
  }

  int number() {
    return block;
  }

  /// Threads of a warp arrive at a named barrier.
  public void arrive(int barrier, WarpChecks warp, int mask) {
    if (launch.ordering) {
      Clock clock = warp.released(mask);
      Clock before = pending[barrier];
      pending[barrier] = before == null ? clock : before.join(clock);
    }
  }

  /// All have arrived; those that wait go on.
  ///
  /// @param everyone whether the barrier is one of all threads of the block
  public void complete(int barrier, boolean everyone) {
    Clock clock = pending[barrier];
    if (everyone && clock != null) {
      pending[barrier] = clock.join(exited);
    }
  }

  /// Threads of a warp go on after the barrier.
  public void leave(int barrier, WarpChecks warp, int mask, int live) {
    Clock clock = pending[barrier];
    if (clock != null) {
      warp.replace(mask, live, clock);
    }
  }

  /// The barrier's next use begins.
  public void reset(int barrier) {
    pending[barrier] = null;
  }

  /// Threads exit; later barriers count them as arrived.
  public void exit(WarpChecks warp, int mask) {
    if (launch.ordering) {
      Clock clock = warp.released(mask);
      exited = exited == null ? clock : exited.join(clock);
    }
  }
}
