package dev.tuckerc.emulator.machine;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.emulator.check.BlockChecks;
import dev.tuckerc.emulator.check.LaunchChecks;
import dev.tuckerc.emulator.ptx.SourcePosition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A thread block (CTA): its warps, shared memory and barriers. Reused for one block after another.
public final class Block {
  private static final int BARRIERS = 16;
  private static final int QUANTUM = 1 << 12;

  /// What it belongs to.
  public final Launch launch;

  /// Its counters.
  public final Counters counters;

  /// Shared memory, static and dynamic.
  public final Region shared;

  /// Its memory checks, where some are on.
  public final @Nullable BlockChecks checks;

  /// Position in its cluster.
  public final int clusterRank;

  /// Block index.
  public int x;

  /// Block index.
  public int y;

  /// Block index.
  public int z;

  /// Blocks of the cluster by rank, this one included.
  private Block[] cluster = {this};

  private ClusterBarrier clusterBarrier = new ClusterBarrier(cluster);

  private final Warp[] warps;
  private final Barrier[] barriers = new Barrier[BARRIERS];
  private int liveWarps;

  /// A named barrier.
  private static final class Barrier {
    int arrived;
    int expected;
    int accumulator;
    final List<Waiter> waiters = new ArrayList<>();
  }

  private record Waiter(
      Warp warp, int mask, Reduction reduction, int slot, SourcePosition position) {}

  /// What a barrier computes of its threads' predicates.
  public enum Reduction {
    NONE,
    POPULATION,
    AND,
    OR
  }

  public Block(Launch launch, Counters counters, int clusterRank) {
    this.launch = launch;
    this.counters = counters;
    this.clusterRank = clusterRank;
    int size = launch.function.sharedBytes + launch.dynamicSharedBytes;
    LaunchChecks memoryChecks = launch.memoryChecks;
    this.checks = memoryChecks == null ? null : new BlockChecks(memoryChecks, size, BARRIERS);
    this.shared =
        new Region(
            new byte[size],
            (long) clusterRank << 24,
            size,
            "shared memory of the block",
            checks == null ? null : checks.shared);
    int threads = (int) launch.blockSize.count();
    warps = new Warp[(threads + 31) / 32];
    for (int w = 0; w < warps.length; w++) {
      warps[w] = new Warp(this, w, launch.function);
    }
  }

  /// Joins the other blocks of a cluster.
  void join(Block[] blocks, ClusterBarrier barrier) {
    cluster = blocks;
    clusterBarrier = barrier;
  }

  /// The shared memory of the cluster that an address lies in, or null.
  public @Nullable Region sharedAt(long address) {
    long rank = address >> 24;
    return rank >= 0 && rank < cluster.length ? cluster[(int) rank].shared : null;
  }

  /// Prepares for a block index.
  public void start(int blockX, int blockY, int blockZ) {
    x = blockX;
    y = blockY;
    z = blockZ;
    Arrays.fill(shared.bytes, (byte) 0);
    Arrays.fill(barriers, null);
    if (checks != null) {
      checks.start(x, y, z, clusterRank);
    }
    int threads = (int) launch.blockSize.count();
    for (int w = 0; w < warps.length; w++) {
      int lanes = Math.min(32, threads - w * 32);
      warps[w].start(lanes == 32 ? -1 : (1 << lanes) - 1);
    }
    liveWarps = warps.length;
  }

  /// Runs every ready warp for a while.
  ///
  /// @return whether any warp ran
  public boolean step() {
    boolean ran = false;
    for (Warp warp : warps) {
      if (warp.state == Warp.State.READY) {
        ran = true;
        warp.run(QUANTUM);
        if (warp.state == Warp.State.DONE) {
          liveWarps--;
          counters.instructions += warp.instructions;
          counters.laneInstructions += warp.laneInstructions;
        }
      }
    }
    return ran;
  }

  /// Whether all threads have exited.
  public boolean done() {
    return liveWarps == 0;
  }

  /// When no warp can run: lets the lanes of diverged warps take turns.
  ///
  /// @return whether there was any
  boolean scheduleIndependently() {
    boolean changed = false;
    for (Warp warp : warps) {
      if (warp.diverged()) {
        changed |= warp.scheduleIndependently();
      }
    }
    return changed;
  }

  /// The block's failure when no warp can run.
  public DeviceException deadlock() {
    StringBuilder text = new StringBuilder();
    for (int b = 0; b < BARRIERS; b++) {
      Barrier barrier = barriers[b];
      if (barrier != null && !barrier.waiters.isEmpty()) {
        Waiter first = barrier.waiters.getFirst();
        text.append(first.warp.where(first.position, -1))
            .append(": deadlock: ")
            .append(barrier.arrived)
            .append(" of ")
            .append(expected(barrier))
            .append(" threads arrived at barrier ")
            .append(b)
            .append(" (warps ")
            .append(barrier.waiters.stream().map(w -> String.valueOf(w.warp.index)).toList())
            .append("); the others wait elsewhere. ");
      }
    }
    for (Warp warp : warps) {
      text.append(warp.waits().isEmpty() ? "" : warp.waits() + ". ");
    }
    return new DeviceException(
        text.isEmpty()
            ? "kernel " + launch.function.name + ", block " + coordinates() + ": no thread can run"
            : text.toString().strip());
  }

  /// The active threads of a warp arrive at the barrier of the cluster.
  ///
  /// @param releases whether that orders memory
  public void arriveAtCluster(Warp warp, boolean releases) {
    counters.barriers++;
    clusterBarrier.arrive(warp, releases);
  }

  /// They wait for the phase they arrived in.
  public void waitForCluster(Warp warp) {
    clusterBarrier.wait(warp);
  }

  private int expected(Barrier barrier) {
    return barrier.expected > 0 ? barrier.expected : liveThreads();
  }

  int liveThreads() {
    int threads = 0;
    for (Warp warp : warps) {
      threads += Integer.bitCount(warp.live);
    }
    return threads;
  }

  /// The active threads of a warp arrive at a barrier.
  ///
  /// @param count number of threads that take part, or 0 for all of the block
  /// @param wait whether they wait
  /// @param predicates one bit for each lane, for reductions
  /// @param slot register that receives the reduction
  public void arrive(
      Warp warp, int id, int count, boolean wait, Reduction reduction, int predicates, int slot) {
    if (id < 0 || id >= BARRIERS) {
      throw new Fault(-1, "barrier " + id + " is not one of 0 to 15");
    }
    if (count < 0 || count % 32 != 0) {
      throw new Fault(-1, "barrier thread count " + count + " is not a multiple of 32");
    }
    counters.barriers++;
    Barrier barrier = barriers[id];
    if (barrier == null) {
      barrier = new Barrier();
      barriers[id] = barrier;
    }
    if (barrier.arrived == 0) {
      barrier.expected = count;
      barrier.accumulator = reduction == Reduction.AND ? 1 : 0;
    } else if (barrier.expected != count) {
      throw new Fault(
          -1,
          "barrier "
              + id
              + " is used with "
              + count
              + " threads while "
              + barrier.expected
              + " are expected");
    }
    // With a thread count, whole warps are counted, as the hardware does.
    barrier.arrived += count > 0 ? 32 : Integer.bitCount(warp.mask);
    int lanes = predicates & warp.mask;
    switch (reduction) {
      case NONE -> {}
      case POPULATION -> barrier.accumulator += Integer.bitCount(lanes);
      case AND -> barrier.accumulator &= lanes == warp.mask ? 1 : 0;
      case OR -> barrier.accumulator |= lanes != 0 ? 1 : 0;
    }
    if (checks != null && warp.checks != null) {
      checks.arrive(id, warp.checks, warp.mask);
    }
    if (wait) {
      barrier.waiters.add(new Waiter(warp, warp.mask, reduction, slot, warp.position()));
      warp.waitAtBarrier();
    }
    release(barrier, id);
  }

  private void release(Barrier barrier, int id) {
    if (barrier.arrived == 0 || barrier.arrived < expected(barrier)) {
      return;
    }
    if (checks != null) {
      checks.complete(id, barrier.expected == 0);
    }
    for (Waiter waiter : barrier.waiters) {
      Warp warp = waiter.warp;
      if (checks != null && warp.checks != null) {
        checks.leave(id, warp.checks, waiter.mask, warp.live);
      }
      switch (waiter.reduction) {
        case NONE -> {}
        case POPULATION -> {
          for (int m = waiter.mask; m != 0; m &= m - 1) {
            warp.i[waiter.slot][Integer.numberOfTrailingZeros(m)] = barrier.accumulator;
          }
        }
        case AND, OR ->
            warp.p[waiter.slot] =
                (warp.p[waiter.slot] & ~waiter.mask) | (barrier.accumulator != 0 ? waiter.mask : 0);
      }
      warp.release(waiter.mask);
    }
    barrier.waiters.clear();
    barrier.arrived = 0;
    if (checks != null) {
      checks.reset(id);
    }
  }

  /// Threads of a warp exited: barriers no longer wait for them.
  void exited(Warp warp) {
    clusterBarrier.check();
    for (int id = 0; id < BARRIERS; id++) {
      Barrier barrier = barriers[id];
      if (barrier != null && barrier.expected == 0) {
        release(barrier, id);
      }
    }
  }

  /// Block index in words.
  public String coordinates() {
    return "(" + x + "," + y + "," + z + ")";
  }

  /// Thread index in words.
  String threadCoordinates(int thread) {
    Dim3 size = launch.blockSize;
    return "("
        + thread % size.x()
        + ","
        + thread / size.x() % size.y()
        + ","
        + thread / size.x() / size.y()
        + ")";
  }
}
