package dev.tuckerc.emulator.machine;

import java.util.ArrayList;
import java.util.List;

/// What a launch that began early waits for: that the launches before it are complete.
final class Dependency {
  private final List<Waiter> waiters = new ArrayList<>();
  private boolean complete;

  private record Waiter(Warp warp, int lanes) {}

  /// The active lanes of a warp wait, if they must.
  void await(Warp warp) {
    if (!complete) {
      warp.suspended |= warp.mask;
      waiters.add(new Waiter(warp, warp.mask));
      warp.waitAt("griddepcontrol.wait", warp.position(), false);
    }
  }

  /// The launches before are complete, and what they wrote is visible.
  void complete() {
    complete = true;
    for (Waiter waiter : waiters) {
      waiter.warp.suspended = 0;
      waiter.warp.release(waiter.lanes);
    }
    waiters.clear();
  }
}
