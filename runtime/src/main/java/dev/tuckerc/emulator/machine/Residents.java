package dev.tuckerc.emulator.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/// Clusters that are under way on one thread, in turns.
///
/// In order, one cluster runs after the other. Where none comes to an end for long, more and more
/// are started beside it, as a grid-wide barrier needs; sooner for kernels that may wait for other
/// blocks. How many is bounded, as on a GPU. In random order several are under way from the start.
final class Residents {
  private static final int STEPS = 64;
  private static final int STEPS_OF_WAITING = 4;
  private static final int MOST_RANDOM = 8;
  private static final int MOST_CLUSTERS = 1024;

  /// Most memory of the blocks under way, on all threads together, unless one cluster needs more.
  static final long MOST_BYTES = 128L << 20;

  private final Launch launch;
  private final Counters counters;
  private final Schedule schedule;
  private final BlockOrder order;
  private final BooleanSupplier cancelled;
  private final int most;
  private final int steps;
  private final List<Cluster> running = new ArrayList<>();
  private final List<Cluster> free = new ArrayList<>();
  private long stores = -1;
  private long instructions;

  /// @param order clusters still to be started
  /// @param share number of threads that do the same, and share the memory for blocks
  /// @param cancelled whether to stop at the next opportunity
  Residents(
      Launch launch,
      Counters counters,
      Schedule schedule,
      BlockOrder order,
      int share,
      BooleanSupplier cancelled) {
    this.launch = launch;
    this.counters = counters;
    this.schedule = schedule;
    this.order = order;
    this.cancelled = cancelled;
    boolean waiting = launch.function.orderDependent || launch.function.communicates;
    this.steps = waiting ? STEPS_OF_WAITING : STEPS;
    this.most =
        (int) Math.clamp(MOST_BYTES / share / Math.max(1, Cluster.bytes(launch)), 1, MOST_CLUSTERS);
  }

  /// Starts clusters until `count` are under way, or none is left.
  void start(int count) {
    while (running.size() < Math.min(count, most)) {
      long index = order.take();
      if (index < 0) {
        return;
      }
      Cluster cluster = free.isEmpty() ? new Cluster(launch, counters) : free.removeLast();
      cluster.start(index);
      running.add(cluster);
    }
  }

  List<Cluster> running() {
    return running;
  }

  /// Runs them and all clusters that are still to be started to the end.
  void finish() {
    int wanted = schedule.random() ? schedule.upTo(MOST_RANDOM) : 1;
    int base = wanted;
    start(wanted);
    while (!running.isEmpty() && !cancelled.getAsBoolean()) {
      boolean ended = round();
      if (ended) {
        stores = -1;
        wanted = Math.max(base, running.size() + 1);
      } else {
        wanted = Math.min(most, 2 * running.size());
        checkProgress();
      }
      start(wanted);
    }
  }

  /// Gives every cluster some turns.
  ///
  /// @return whether one ended
  private boolean round() {
    boolean ended = false;
    for (int turn : schedule.turns(running.size())) {
      Cluster cluster = running.get(turn);
      int turns = schedule.upTo(steps);
      for (int s = 0; s < turns && !cluster.done() && !cancelled.getAsBoolean(); s++) {
        cluster.step(schedule);
      }
      ended |= cluster.done();
    }
    if (ended) {
      for (int c = running.size() - 1; c >= 0; c--) {
        if (running.get(c).done()) {
          free.add(running.remove(c));
        }
      }
    }
    return ended;
  }

  /// Fails where clusters side by side execute very much without a store: then they seem to wait
  /// for others that cannot start.
  private void checkProgress() {
    long written = counters.globalStoreBytes + counters.sharedStoreBytes;
    long executed = running.stream().mapToLong(Cluster::instructions).sum();
    if (written != stores) {
      stores = written;
      instructions = executed;
      return;
    }
    if (running.size() > 1 && executed - instructions > launch.instructionBudget) {
      String others =
          order.left() == 0
              ? "all others of the grid have ended"
              : order.left() * clusterSize()
                  + " cannot start before one of these ends (the emulator runs at most "
                  + most * clusterSize()
                  + " at a time here)";
      throw Standstill.report(
          launch,
          running.getFirst().blocks(),
          "an endless loop? "
              + running.size() * clusterSize()
              + " blocks side by side have executed "
              + launch.instructionBudget
              + " instructions without storing anything (the budget is an option of the"
              + " emulator); if they wait for other blocks: "
              + others
              + ". ");
    }
  }

  private long clusterSize() {
    int[] size = launch.function.clusterDimensions;
    return (long) size[0] * size[1] * size[2];
  }
}
