package dev.tuckerc.emulator.check;

import org.jspecify.annotations.Nullable;

/// What the barrier of a cluster orders.
public final class ClusterClock {
  private @Nullable Clock arriving;
  private @Nullable Clock completed;

  /// Threads of a warp arrive, and release what they did.
  public void arrive(WarpChecks warp, int mask) {
    if (warp.launch.ordering) {
      Clock clock = warp.released(mask);
      arriving = arriving == null ? clock : arriving.join(clock);
    }
  }

  /// All threads have arrived.
  public void complete() {
    completed = arriving;
    arriving = null;
  }

  /// Threads of a warp go on after the last phase.
  public void observe(WarpChecks warp, int mask, int live) {
    warp.acquire(mask, live, completed);
  }
}
