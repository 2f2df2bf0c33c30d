package dev.tuckerc.emulator.machine;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.emulator.check.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// Runs the blocks of a grid, cluster by cluster, on several threads.
///
/// A kernel whose result could depend on the order of blocks (atomics whose old value is used, or
/// that round; stores and loads that talk to other blocks) runs on one thread, so that results are
/// the same every time.
public final class GridRunner {
  private final Launch launch;
  private final long clusters;
  private volatile @Nullable Throwable failure;

  public GridRunner(Launch launch) {
    this.launch = launch;
    this.clusters = clusters(launch);
  }

  /// Refuses a grid that does not consist of whole clusters.
  static void checkGrid(Launch launch) {
    clusters(launch);
  }

  /// Number of clusters in the grid.
  static long clusters(Launch launch) {
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
    return grid.count() / size[0] / size[1] / size[2];
  }

  /// Runs everything; the counters are the sum over all blocks.
  public Counters run(@Nullable ExecutorService pool, int threads) {
    DecodedFunction function = launch.function;
    if (launch.checks.contains(Check.ORDER)) {
      return one(Schedule.random(launch.seed), BlockOrder.random(clusters, launch.seed));
    }
    BlockOrder order = BlockOrder.inOrder(clusters);
    long room = Math.max(1, Residents.MOST_BYTES / Math.max(1, Cluster.bytes(launch)));
    int workers = (int) Math.min(Math.min(threads, clusters), room);
    if (workers == 1
        || pool == null
        || function.orderDependent
        || function.communicates
        || tracking()) {
      return one(Schedule.inOrder(), order);
    }
    List<Future<Counters>> futures = new ArrayList<>();
    for (int w = 1; w < workers; w++) {
      futures.add(pool.submit(() -> worker(order, workers)));
    }
    Counters total = new Counters();
    @Nullable Throwable thrown = null;
    try {
      total.add(worker(order, workers));
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

  /// Whether the memory checks must see one access after the other.
  private boolean tracking() {
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

  private Counters one(Schedule schedule, BlockOrder order) {
    Counters counters = new Counters();
    new Residents(launch, counters, schedule, order, 1, () -> false).finish();
    return counters;
  }

  private Counters worker(BlockOrder order, int workers) {
    Counters counters = new Counters();
    try {
      new Residents(launch, counters, Schedule.inOrder(), order, workers, () -> failure != null)
          .finish();
    } catch (RuntimeException | Error thrown) {
      failure = thrown;
      throw thrown;
    }
    return counters;
  }
}
