package dev.tuckerc.emulator.machine;

import dev.tuckerc.emulator.check.Check;
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

  void arrive(Warp warp, boolean aligned) {
    boolean checked = warp.block.launch.checks.contains(Check.BARRIERS);
    int again = warp.clusterOwed & warp.mask;
    if (again != 0 && checked) {
      throw new Fault(
          Integer.numberOfTrailingZeros(again),
          "barrier.cluster.arrive for the second time; expected: barrier.cluster.wait after each"
              + " arrive");
    }
    warp.clusterOwed |= warp.mask;
    warp.clusterLanes = warp.clusterPhase == phase ? warp.clusterLanes | warp.mask : warp.mask;
    if (aligned && checked) {
      warp.arriveAligned(warp.site());
    }
    arrived += Integer.bitCount(warp.mask);
    warp.clusterPhase = phase;
    check();
  }

  void wait(Warp warp, boolean aligned) {
    int early = warp.mask & ~warp.clusterOwed;
    if (early != 0) {
      throw new Fault(
          Integer.numberOfTrailingZeros(early), "barrier.cluster.wait without an arrive before");
    }
    if (aligned && warp.block.launch.checks.contains(Check.BARRIERS)) {
      warp.arriveAligned(warp.site());
    }
    warp.clusterOwed &= ~warp.mask;
    if (warp.clusterPhase == phase && (warp.clusterLanes & warp.mask) != 0) {
      waiters.add(new Waiter(warp, warp.mask));
      warp.waitAt("the barrier of the cluster", warp.position(), aligned);
    }
  }

  /// How far it is, in words.
  String describe() {
    return arrived + " of " + expected() + " threads have arrived at the barrier of the cluster";
  }

  boolean waiting() {
    return !waiters.isEmpty();
  }

  private int expected() {
    int expected = 0;
    for (Block block : blocks) {
      expected += block.liveThreads();
    }
    return expected;
  }

  /// Completes the phase when all live threads have arrived.
  void check() {
    if (arrived == 0 || arrived < expected()) {
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
