package dev.tuckerc.emulator.machine;

import dev.tuckerc.emulator.check.Check;
import dev.tuckerc.emulator.check.ClusterClock;
import dev.tuckerc.ptx.SourcePosition;
import java.util.ArrayList;
import java.util.List;

/// The barrier of a cluster: every thread arrives, and may do other things before it waits.
final class ClusterBarrier {
  private final Block[] blocks;
  private final List<Waiter> waiters = new ArrayList<>();
  private final ClusterClock clock = new ClusterClock();
  private int arrived;
  private long phase;

  /// Lanes of a warp that wait.
  ///
  /// @param aligned whether all threads of the warp must execute the same instruction
  private record Waiter(Warp warp, int mask, boolean aligned, SourcePosition position) {}

  ClusterBarrier(Block[] blocks) {
    this.blocks = blocks;
  }

  /// @param aligned whether all threads of a warp must execute the same instruction
  /// @param releases whether what the threads did comes before what others do after the wait
  void arrive(Warp warp, boolean aligned, boolean releases) {
    boolean checked = warp.block.launch.checks.contains(Check.BARRIERS);
    int again = warp.clusterOwed & warp.mask;
    if (again != 0 && checked) {
      throw new Fault(
          Integer.numberOfTrailingZeros(again),
          "barrier.cluster.arrive for the second time; expected: barrier.cluster.wait after each"
              + " arrive");
    }
    if (warp.checks != null && releases) {
      clock.arrive(warp.checks, warp.mask);
    }
    warp.clusterOwed |= warp.mask;
    warp.clusterLanes = warp.clusterPhase == phase ? warp.clusterLanes | warp.mask : warp.mask;
    if (aligned && checked) {
      warp.convergence.arriveAligned(warp.site());
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
      warp.convergence.arriveAligned(warp.site());
    }
    warp.clusterOwed &= ~warp.mask;
    if (warp.clusterPhase == phase && (warp.clusterLanes & warp.mask) != 0) {
      waiters.add(new Waiter(warp, warp.mask, aligned, warp.position()));
      warp.waitAt("the barrier of the cluster", warp.position(), aligned);
    } else if (warp.checks != null) {
      clock.observe(warp.checks, warp.mask, warp.live);
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
    clock.complete();
    checkWholeWarps();
    for (Waiter waiter : waiters) {
      if (waiter.warp.checks != null) {
        clock.observe(waiter.warp.checks, waiter.mask, waiter.warp.live);
      }
      waiter.warp.release(waiter.mask);
    }
    waiters.clear();
  }

  private void checkWholeWarps() {
    for (Waiter waiter : waiters) {
      Warp warp = waiter.warp;
      if (waiter.aligned && warp.block.launch.checks.contains(Check.BARRIERS)) {
        Convergence.requireWholeWarp(
            warp, warp.clusterLanes, "the barrier of the cluster", waiter.position);
      }
    }
  }
}
