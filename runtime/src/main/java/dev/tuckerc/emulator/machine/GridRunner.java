package dev.tuckerc.emulator.machine;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.Dim3;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Runs the blocks of a grid, cluster by cluster, on several threads.
///
/// A kernel whose result could depend on the order of blocks (atomics whose old value is used, or
/// that round) runs on one thread, so that results are the same every time. There, a block that
/// makes no end is interleaved with the following ones, as a grid-wide spin barrier needs.
public final class GridRunner {
  private static final int STEPS_BEFORE_NEXT = 64;

  private final Launch launch;
  private final Dim3 clusters;
  private final AtomicLong next = new AtomicLong();
  private volatile @Nullable Throwable failure;

  public GridRunner(Launch launch) {
    this.launch = launch;
    int[] size = launch.function.clusterDimensions;
    Dim3 grid = launch.grid;
    if (grid.x() % size[0] != 0 || grid.y() % size[1] != 0 || grid.z() % size[2] != 0) {
      throw new DeviceException(
          "kernel "
              + launch.function.name
              + ": grid "
              + grid
              + " is not a multiple of the cluster "
              + size[0]
              + "x"
              + size[1]
              + "x"
              + size[2]);
    }
    clusters = new Dim3(grid.x() / size[0], grid.y() / size[1], grid.z() / size[2]);
  }

  /// Runs everything; the counters are the sum over all blocks.
  public Counters run(@Nullable ExecutorService pool, int threads) {
    int workers = (int) Math.min(threads, clusters.count());
    if (workers == 1 || pool == null || launch.function.orderDependent || sequential()) {
      Counters counters = new Counters();
      sequential(counters);
      return counters;
    }
    List<Future<Counters>> futures = new ArrayList<>();
    for (int w = 1; w < workers; w++) {
      futures.add(pool.submit(this::worker));
    }
    Counters total = new Counters();
    @Nullable Throwable thrown = null;
    try {
      total.add(worker());
    } catch (RuntimeException | Error first) {
      thrown = first;
    }
    for (Future<Counters> future : futures) {
      try {
        total.add(future.get());
      } catch (ExecutionException other) {
        thrown = thrown == null ? other.getCause() : thrown;
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        failure = interrupted;
        thrown = new DeviceException("interrupted while a kernel ran", interrupted);
      }
    }
    rethrow(thrown);
    return total;
  }

  private boolean sequential() {
    return launch.memoryChecks != null && launch.memoryChecks.sequential();
  }

  private static void rethrow(@Nullable Throwable thrown) {
    switch (thrown) {
      case null -> {}
      case RuntimeException exception -> throw exception;
      case Error error -> throw error;
      default -> throw new DeviceException("a kernel failed", thrown);
    }
  }

  private Counters worker() {
    Counters counters = new Counters();
    Cluster cluster = new Cluster(counters);
    try {
      while (failure == null) {
        long index = next.getAndIncrement();
        if (index >= clusters.count()) {
          break;
        }
        cluster.start(index);
        while (!cluster.done() && failure == null) {
          cluster.step();
        }
      }
    } catch (RuntimeException | Error thrown) {
      failure = thrown;
      throw thrown;
    }
    return counters;
  }

  /// One thread, blocks in order; a block that does not end is interleaved with its successors.
  private void sequential(Counters counters) {
    List<Cluster> resident = new ArrayList<>();
    List<Cluster> free = new ArrayList<>();
    long started = 0;
    long count = clusters.count();
    while (started < count || !resident.isEmpty()) {
      if (started < count) {
        Cluster cluster = free.isEmpty() ? new Cluster(counters) : free.removeLast();
        cluster.start(started++);
        resident.add(cluster);
      }
      boolean finished = false;
      for (int rounds = 0; !finished && (rounds == 0 || started == count); rounds++) {
        for (int c = 0; c < resident.size(); c++) {
          Cluster cluster = resident.get(c);
          for (int s = 0; s < STEPS_BEFORE_NEXT && !cluster.done(); s++) {
            cluster.step();
          }
          if (cluster.done()) {
            resident.remove(c--);
            free.add(cluster);
            finished = true;
          }
        }
      }
    }
  }

  /// The blocks of a cluster, which run together on one thread.
  private final class Cluster {
    private final Block[] blocks;

    Cluster(Counters counters) {
      int[] size = launch.function.clusterDimensions;
      blocks = new Block[size[0] * size[1] * size[2]];
      for (int rank = 0; rank < blocks.length; rank++) {
        blocks[rank] = new Block(launch, counters, rank);
      }
    }

    void start(long index) {
      ClusterBarrier barrier = new ClusterBarrier(blocks);
      for (Block block : blocks) {
        block.join(blocks, barrier);
      }
      int[] size = launch.function.clusterDimensions;
      int cx = (int) (index % clusters.x());
      int cy = (int) (index / clusters.x() % clusters.y());
      int cz = (int) (index / clusters.x() / clusters.y());
      for (int rank = 0; rank < blocks.length; rank++) {
        blocks[rank].start(
            cx * size[0] + rank % size[0],
            cy * size[1] + rank / size[0] % size[1],
            cz * size[2] + rank / size[0] / size[1]);
      }
    }

    boolean done() {
      for (Block block : blocks) {
        if (!block.done()) {
          return false;
        }
      }
      return true;
    }

    void step() {
      boolean ran = false;
      for (Block block : blocks) {
        ran |= block.step();
      }
      if (!ran && !done()) {
        boolean changed = false;
        for (Block block : blocks) {
          changed |= block.scheduleIndependently();
        }
        for (Block block : changed ? new Block[0] : blocks) {
          if (!block.done()) {
            throw block.deadlock();
          }
        }
      }
    }
  }
}
