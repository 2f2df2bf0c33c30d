package dev.tuckerc.emulator.machine;

import java.util.ArrayList;
import java.util.List;

/// The barrier of a cluster: every thread arrives, and may do other things before it waits.
final class ClusterBarrier {
  private final Block[] blocks;
  private final List<Waiter> waiters = new ArrayList<>();
  private int arrived;
  private long phase;

  private record Waiter(Warp warp, int mask) {}

  ClusterBarrier(Block[] blocks) {
    this.blocks = blocks;
  }

  void arrive(Warp warp) {
    arrived += Integer.bitCount(warp.mask);
    warp.clusterPhase = phase;
    check();
  }

  void wait(Warp warp) {
    if (warp.clusterPhase < 0) {
      throw new Fault(
          Integer.numberOfTrailingZeros(warp.mask),
          "barrier.cluster.wait without an arrive before");
    }
    if (warp.clusterPhase == phase) {
      waiters.add(new Waiter(warp, warp.mask));
      warp.waitAtBarrier();
    }
  }

  /// Completes the phase when all live threads have arrived.
  void check() {
    int expected = 0;
    for (Block block : blocks) {
      expected += block.liveThreads();
    }
    if (arrived == 0 || arrived < expected) {
      return;
    }
    arrived = 0;
    phase++;
    for (Waiter waiter : waiters) {
      waiter.warp.release(waiter.mask);
    }
    waiters.clear();
  }
}
