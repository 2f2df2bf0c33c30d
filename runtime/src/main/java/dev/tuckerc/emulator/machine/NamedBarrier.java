package dev.tuckerc.emulator.machine;

import dev.tuckerc.emulator.check.BlockChecks;
import dev.tuckerc.emulator.check.Check;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One of the sixteen barriers of a block.
final class NamedBarrier {
  private static final String[] NAMES = new String[16];

  static {
    for (int id = 0; id < NAMES.length; id++) {
      NAMES[id] = "barrier " + id;
    }
  }

  /// How threads arrive.
  ///
  /// @param count number of threads that take part, or 0 for all of the block
  /// @param waits whether they wait
  /// @param aligned whether all threads of a warp must execute the same instruction
  /// @param reduction what is computed of their predicates
  /// @param slot register that receives it
  record Arrival(
      int count,
      boolean waits,
      boolean aligned,
      Block.Reduction reduction,
      int predicates,
      int slot) {}

  private record Waiter(Warp warp, int mask, Arrival arrival, Site site) {}

  private final int id;
  private final Block block;

  /// Lanes of each warp that have arrived in this phase.
  private final int[] lanes;

  /// Where the first lanes of each warp arrived.
  private final @Nullable Site[] sites;

  private final boolean[] aligned;
  private final List<Waiter> waiters = new ArrayList<>();
  private boolean open;
  private int expected;
  private int threads;
  private int again;
  private int accumulator;
  private Block.Reduction reduction = Block.Reduction.NONE;

  NamedBarrier(int id, Block block, int warps) {
    this.id = id;
    this.block = block;
    this.lanes = new int[warps];
    this.sites = new Site[warps];
    this.aligned = new boolean[warps];
  }

  /// The active threads of a warp arrive.
  void arrive(Warp warp, Arrival arrival) {
    Site site = warp.site();
    if (!open) {
      open = true;
      expected = arrival.count;
      reduction = arrival.reduction;
      accumulator = reduction == Block.Reduction.AND ? 1 : 0;
    } else if (expected != arrival.count) {
      throw new Fault(
          -1,
          "barrier "
              + id
              + " is used with "
              + arrival.count
              + " threads while "
              + expected
              + " are expected");
    }
    if (block.launch.checks.contains(Check.BARRIERS)) {
      check(warp, arrival, site);
    }
    int w = warp.index;
    if ((lanes[w] & warp.mask) != 0) {
      // A second arrival counts like that of another warp, as the hardware does.
      again += 32;
    }
    if (lanes[w] == 0) {
      sites[w] = site;
      aligned[w] = arrival.aligned;
    }
    lanes[w] |= warp.mask;
    threads += Integer.bitCount(warp.mask);
    if (block.checks != null && warp.checks != null) {
      block.checks.arrive(id, warp.checks, warp.mask);
    }
    int active = arrival.predicates & warp.mask;
    switch (arrival.reduction) {
      case NONE -> {}
      case POPULATION -> accumulator += Integer.bitCount(active);
      case AND -> accumulator &= active == warp.mask ? 1 : 0;
      case OR -> accumulator |= active != 0 ? 1 : 0;
    }
    if (arrival.waits) {
      waiters.add(new Waiter(warp, warp.mask, arrival, site));
      warp.waitAt(NAMES[id], site.position(), arrival.aligned);
    }
    release();
  }

  private void check(Warp warp, Arrival arrival, Site site) {
    Site before = sites[warp.index];
    if ((lanes[warp.index] & warp.mask) != 0 && before != null) {
      throw new Fault(
          Integer.numberOfTrailingZeros(warp.mask),
          "warp "
              + warp.index
              + " arrives at barrier "
              + id
              + " again before all "
              + expected()
              + " threads have arrived; it arrived at "
              + before.position()
              + "; expected: one arrival of each warp for each completion");
    }
    if (arrival.reduction != reduction) {
      throw new Fault(
          Integer.numberOfTrailingZeros(warp.mask),
          "barrier "
              + id
              + " is used by bar.red and by another barrier instruction before it is complete;"
              + " expected: the same kind of instruction from all threads");
    }
    if (arrival.aligned) {
      warp.convergence.arriveAligned(site);
    }
  }

  /// Threads that have arrived. With a thread count whole warps are counted, those of aligned
  /// instructions once all their threads are there.
  int arrived() {
    if (expected == 0) {
      return threads;
    }
    int sum = again;
    for (int w = 0; w < lanes.length; w++) {
      boolean counts = lanes[w] != 0 && (!aligned[w] || (block.warps()[w].live & ~lanes[w]) == 0);
      sum += counts ? 32 : 0;
    }
    return sum;
  }

  int expected() {
    return expected > 0 ? expected : block.liveThreads();
  }

  /// How far it is, in words.
  String describe() {
    return arrived() + " of " + expected() + " threads have arrived at barrier " + id;
  }

  /// Whether somebody waits here.
  boolean waiting() {
    return !waiters.isEmpty();
  }

  /// Completes the phase if all have arrived.
  void release() {
    if (!open || arrived() < expected() || threads == 0) {
      return;
    }
    if (block.launch.checks.contains(Check.BARRIERS)) {
      checkWholeWarps();
      if (expected == 0) {
        checkSites();
      }
    }
    BlockChecks checks = block.checks;
    if (checks != null) {
      checks.complete(id, expected == 0);
    }
    for (Waiter waiter : waiters) {
      Warp warp = waiter.warp;
      if (checks != null && warp.checks != null) {
        checks.leave(id, warp.checks, waiter.mask, warp.live);
      }
      int slot = waiter.arrival.slot;
      switch (waiter.arrival.reduction) {
        case NONE -> {}
        case POPULATION -> {
          for (int m = waiter.mask; m != 0; m &= m - 1) {
            warp.i[slot][Integer.numberOfTrailingZeros(m)] = accumulator;
          }
        }
        case AND, OR ->
            warp.p[slot] = (warp.p[slot] & ~waiter.mask) | (accumulator != 0 ? waiter.mask : 0);
      }
      warp.release(waiter.mask);
    }
    if (checks != null) {
      checks.reset(id);
    }
    waiters.clear();
    Arrays.fill(lanes, 0);
    Arrays.fill(sites, null);
    threads = 0;
    again = 0;
    open = false;
  }

  /// Lanes that left the kernel do not hold up a barrier, but where it is aligned their warp must
  /// not have divided over whether to execute it.
  private void checkWholeWarps() {
    for (int w = 0; w < lanes.length; w++) {
      Warp warp = block.warps()[w];
      Site site = sites[w];
      if (site != null && aligned[w]) {
        Convergence.requireWholeWarp(warp, lanes[w], NAMES[id], site.position());
      }
    }
  }

  /// A barrier of the whole block must be the same one in the source for all threads, since the
  /// condition around it must be the same for all; with thread counts, warps may take different
  /// ways.
  private void checkSites() {
    Waiter first = waiters.getFirst();
    for (Waiter waiter : waiters) {
      if (!first.site.sameSource(waiter.site)) {
        throw WarpFailures.at(
            waiter.warp,
            waiter.site.position(),
            Integer.numberOfTrailingZeros(waiter.mask),
            "warps "
                + first.warp.index
                + " and "
                + waiter.warp.index
                + " meet at barrier "
                + id
                + " by different instructions: warp "
                + first.warp.index
                + " is at "
                + first.site.position()
                + "; expected: a barrier of the whole block is reached by all its threads at the"
                + " same place (warps on different ways need a barrier with a thread count)");
      }
    }
  }
}
