package dev.tuckerc.emulator.machine;

import dev.tuckerc.device.Dim3;
import dev.tuckerc.emulator.check.BlockChecks;
import dev.tuckerc.emulator.check.LaunchChecks;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A thread block (CTA): its warps, shared memory and barriers. Reused for one block after another.
public final class Block {
  private static final int BARRIERS = 16;

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
  private final @Nullable NamedBarrier[] barriers = new NamedBarrier[BARRIERS];
  private int liveWarps;

  /// Whether the block has let dependent launches begin.
  public boolean triggered;

  /// How often an `mbarrier` of the block has changed.
  public long barrierChanges;

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
    triggered = false;
    barrierChanges = 0;
  }

  /// Gives every ready warp a turn.
  ///
  /// @return whether any warp ran
  boolean step(Schedule schedule) {
    boolean ran = false;
    for (int turn : schedule.turns(warps.length)) {
      Warp warp = warps[turn];
      if (warp.state == Warp.State.READY) {
        ran = true;
        warp.run(schedule.quantum());
        if (warp.state == Warp.State.DONE) {
          liveWarps--;
          warp.finish();
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

  /// Whether every warp waits, or has tested an `mbarrier` in vain more than `limit` times.
  boolean onlyPolling(int limit) {
    for (Warp warp : warps) {
      if (warp.state == Warp.State.READY && warp.failedTests.count() <= limit) {
        return false;
      }
    }
    return true;
  }

  /// Whether a warp waits for the launches before this one.
  boolean suspended() {
    for (Warp warp : warps) {
      if (warp.suspended != 0) {
        return true;
      }
    }
    return false;
  }

  /// A warp of the cluster that tests an `mbarrier` in vain, or null.
  public @Nullable Warp testing(byte[] memory, int offset) {
    for (Block each : cluster) {
      for (Warp warp : each.warps) {
        if (warp.failedTests.of(memory, offset)) {
          return warp;
        }
      }
    }
    return null;
  }

  Warp[] warps() {
    return warps;
  }

  /// Barriers at which somebody waits, in words.
  List<String> openBarriers() {
    List<String> open = new ArrayList<>();
    for (NamedBarrier barrier : barriers) {
      if (barrier != null && barrier.waiting()) {
        open.add(barrier.describe());
      }
    }
    if (clusterBarrier.waiting()) {
      open.add(clusterBarrier.describe());
    }
    return open;
  }

  /// The active threads of a warp wait for the launches before, if those are still under way.
  public void awaitLaunches(Warp warp) {
    Dependency dependency = launch.dependency;
    if (dependency != null) {
      dependency.await(warp);
    }
  }

  /// The active threads of a warp arrive at the barrier of the cluster.
  ///
  /// @param aligned whether all threads of a warp must execute the same instruction
  /// @param releases whether that orders memory
  public void arriveAtCluster(Warp warp, boolean aligned, boolean releases) {
    counters.barriers++;
    clusterBarrier.arrive(warp, aligned, releases);
  }

  /// They wait for the phase they arrived in.
  public void waitForCluster(Warp warp, boolean aligned) {
    clusterBarrier.wait(warp, aligned);
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
  /// @param aligned whether all threads of a warp must execute the same instruction
  /// @param predicates one bit for each lane, for reductions
  /// @param slot register that receives the reduction
  public void arrive(
      Warp warp,
      int id,
      int count,
      boolean wait,
      boolean aligned,
      Reduction reduction,
      int predicates,
      int slot) {
    if (id < 0 || id >= BARRIERS) {
      throw new Fault(-1, "barrier " + id + " is not one of 0 to 15");
    }
    if (count < 0 || count % 32 != 0) {
      throw new Fault(-1, "barrier thread count " + count + " is not a multiple of 32");
    }
    counters.barriers++;
    NamedBarrier barrier = barriers[id];
    if (barrier == null) {
      barrier = new NamedBarrier(id, this, warps.length);
      barriers[id] = barrier;
    }
    barrier.arrive(
        warp, new NamedBarrier.Arrival(count, wait, aligned, reduction, predicates, slot));
  }

  /// Threads of a warp exited: barriers no longer wait for them.
  void exited(Warp warp) {
    clusterBarrier.check();
    for (NamedBarrier barrier : barriers) {
      if (barrier != null) {
        barrier.release();
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
