package dev.tuckerc.emulator.machine;

import dev.tuckerc.emulator.check.ClusterClock;
import java.util.ArrayList;
import java.util.List;

/// The barrier of a cluster: every thread arrives, and may do other things before it waits.
final class ClusterBarrier {
  private final Block[] blocks;
  private final List<Waiter> waiters = new ArrayList<>();
  private final ClusterClock clock = new ClusterClock();
  private int arrived;
  private long phase;

  private record Waiter(Warp warp, int mask) {}

  ClusterBarrier(Block[] blocks) {
    this.blocks = blocks;
  }

  /// @param releases whether what the threads did comes before what others do after the wait
  void arrive(Warp warp, boolean releases) {
    if (warp.checks != null && releases) {
      clock.arrive(warp.checks, warp.mask);
    }
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
    } else if (warp.checks != null) {
      clock.observe(warp.checks, warp.mask, warp.live);
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
    clock.complete();
    for (Waiter waiter : waiters) {
      if (waiter.warp.checks != null) {
        clock.observe(waiter.warp.checks, waiter.mask, waiter.warp.live);
      }
      waiter.warp.release(waiter.mask);
    }
    waiters.clear();
  }
}
