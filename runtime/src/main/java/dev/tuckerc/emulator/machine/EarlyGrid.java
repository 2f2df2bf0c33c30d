package dev.tuckerc.emulator.machine;

import dev.tuckerc.emulator.check.Check;

/// A launch whose first blocks begin before the launches before it are complete.
final class EarlyGrid {
  /// Clusters that find room beside the launches before.
  private static final int CLUSTERS = 8;

  /// Turns after which blocks that do not come to rest are left alone until the launches before are
  /// complete.
  private static final int ROUNDS = 256;

  private final Launch launch;
  private final Dependency dependency;
  private final AccessWatch watch;
  private final Counters counters = new Counters();
  private final Schedule schedule;
  private final BlockOrder order;
  private final Residents residents;

  EarlyGrid(Launch launch, Dependency dependency, AccessWatch watch) {
    this.launch = launch;
    this.dependency = dependency;
    this.watch = watch;
    boolean random = launch.checks.contains(Check.ORDER);
    long clusters = GridRunner.clusters(launch);
    schedule = random ? Schedule.random(launch.seed) : Schedule.inOrder();
    order = random ? BlockOrder.random(clusters, launch.seed) : BlockOrder.inOrder(clusters);
    residents = new Residents(launch, counters, schedule, order, 1, () -> false);
  }

  /// Runs the first blocks until all their threads have ended or wait.
  void begin() {
    watch.early(true);
    residents.start(CLUSTERS);
    boolean ran = true;
    for (int round = 0; round < ROUNDS && ran; round++) {
      ran = false;
      for (Cluster cluster : residents.running()) {
        ran |= cluster.step(schedule);
      }
    }
  }

  /// Whether launches after this one may begin: all blocks have said so or have ended.
  boolean triggered() {
    return order.left() == 0 && residents.running().stream().allMatch(Cluster::triggered);
  }

  /// Runs everything to the end, now that the launches before are complete.
  Counters finish() {
    watch.early(false);
    boolean compared =
        launch.checks.contains(Check.ORDER)
            && OrderComparison.applies(launch.function)
            && !watch.own().written();
    OrderComparison comparison = compared ? new OrderComparison(launch.memory) : null;
    dependency.complete();
    residents.finish();
    if (comparison != null) {
      comparison.again(launch);
    }
    return counters;
  }
}
