package dev.tuckerc.cost;

import dev.tuckerc.cost.BlockTimes.Time;
import dev.tuckerc.cost.Estimate.Bound;
import dev.tuckerc.cost.Estimate.PhaseTime;
import java.util.ArrayList;
import java.util.List;

/// Predicts a kernel's time from what it moves and computes, without running it.
///
/// `T = edge + first load + phases + store`. The kernels of a network at batch 1 run for a few
/// microseconds each, so the fixed costs matter as much as the rooflines. The busiest
/// multiprocessor runs `ceil(blocks / multiprocessors)` blocks: the first of them, as many as fit,
/// go through their phases in step; then, round by round, others take their places, and blocks no
/// longer in step hide each other's waiting behind the busiest resource; a last round with few
/// blocks has less to hide it behind. Activations are in the second-level cache where the kernel's
/// own fit it, weights where the network's [WorkingSet] does.
public final class PerformanceModel {
  private final DeviceDescription device;
  private final WorkingSet workingSet;

  /// A model of a network that fits the second-level cache.
  public PerformanceModel(DeviceDescription device) {
    this(device, WorkingSet.SMALL);
  }

  /// @param workingSet of the network that the kernels belong to
  public PerformanceModel(DeviceDescription device, WorkingSet workingSet) {
    this.device = device;
    this.workingSet = workingSet;
  }

  /// The device this model is for.
  public DeviceDescription device() {
    return device;
  }

  /// Blocks of a kernel that fit one multiprocessor at a time; 0 when not even one does.
  public int occupancy(KernelWork work) {
    int warps = Math.ceilDiv(work.threadsPerBlock(), 32);
    int registersPerWarp = Math.ceilDiv(work.registersPerThread(), 8) * 8 * 32;
    int byRegisters = device.registersPerMultiprocessor() / (registersPerWarp * warps);
    int byThreads = device.threadsPerMultiprocessor() / (warps * 32);
    int byShared =
        work.sharedPerBlock() == 0
            ? Integer.MAX_VALUE
            // Every block is charged a kilobyte for the system on sm_80 and later.
            : device.sharedPerMultiprocessor() / (work.sharedPerBlock() + 1024);
    if (work.sharedPerBlock() > device.sharedPerBlock()) {
      return 0;
    }
    return Math.min(
        Math.min(byRegisters, byThreads), Math.min(byShared, device.blocksPerMultiprocessor()));
  }

  /// Predicted time; clusters at their dearest, so that one is preferred only where it wins under
  /// every published figure.
  ///
  /// @throws IllegalArgumentException when a block does not fit the device
  public Estimate estimate(KernelWork work) {
    return estimate(work, ClusterCost.PESSIMISTIC);
  }

  /// Predicted time under one of the published costs of a cluster.
  ///
  /// @throws IllegalArgumentException when a block does not fit the device
  public Estimate estimate(KernelWork work, ClusterCost clusterCost) {
    int occupancy = occupancy(work);
    if (occupancy == 0) {
      throw new IllegalArgumentException(
          "a block of "
              + work.threadsPerBlock()
              + " threads, "
              + work.registersPerThread()
              + " registers and "
              + work.sharedPerBlock()
              + " bytes of shared memory does not fit "
              + device.name());
    }
    int cluster = work.ordering().clusterBlocks();
    long multiprocessors = (long) device.residentClusters(cluster) * cluster;
    long active = Math.min(work.blocks(), multiprocessors);
    long busiest = Math.ceilDiv(work.blocks(), multiprocessors);
    double cold = workingSet.coldWeights(device);
    BlockTimes times = new BlockTimes(device, work, clusterCost, active, cold);
    List<PhaseTime> phases = hidePrefetched(work, rounds(work, times, busiest, occupancy));
    double firstLoad =
        device.firstLoad()
            + (work.distinct().weights() > 0 ? cold * (device.dramLoad() - device.l2Load()) : 0);
    return new Estimate(
        device.edge(work.ordering().programmatic()),
        firstLoad,
        phases,
        Math.max(0, deviceMemory(work, cold, active) - Estimate.sum(phases)),
        device.storeLatency(),
        work.blocks(),
        (double) work.blocks() / (multiprocessors * occupancy));
  }

  /// Times of the phases of all blocks of the busiest multiprocessor.
  private static List<PhaseTime> rounds(
      KernelWork work, BlockTimes times, long busiest, int occupancy) {
    long together = Math.min(busiest, occupancy);
    List<Time> first = inStep(work, times, together);
    if (busiest == together) {
      return timed(work, first, 1);
    }
    long rounds = busiest / together - 1;
    long left = busiest % together;
    double alone = sum(together == 1 ? first : inStep(work, times, 1));
    BlockTimes.Demand demand = times.demand();
    double busy = demand.busiest();
    double later = rounds * Math.max(together * busy, alone);
    if (left > 0) {
      later += Math.max(left * busy, alone);
    }
    // Later rounds are shared out in proportion: they consist of the same phases.
    List<PhaseTime> phases = timed(work, first, 1 + (later == 0 ? 0 : later / sum(first)));
    boolean throughput = together * busy > alone;
    return rounds > 1 && throughput ? bound(phases, demand.bound()) : phases;
  }

  private static List<PhaseTime> timed(KernelWork work, List<Time> times, double scale) {
    List<PhaseTime> phases = new ArrayList<>();
    for (int i = 0; i < times.size(); i++) {
      Time own = times.get(i);
      phases.add(
          new PhaseTime(work.phases().get(i).name(), own.microseconds() * scale, own.bound()));
    }
    return phases;
  }

  private static List<PhaseTime> bound(List<PhaseTime> phases, Bound bound) {
    return phases.stream()
        .map(phase -> new PhaseTime(phase.name(), phase.microseconds(), bound))
        .toList();
  }

  private static List<Time> inStep(KernelWork work, BlockTimes times, double blocks) {
    List<Time> phases = new ArrayList<>();
    boolean first = true;
    for (Phase phase : work.phases()) {
      phases.add(times.of(phase, blocks, first));
      // What is prefetched is asked for together with what comes after it.
      boolean prefetched = phase instanceof Phase.Load load && load.prefetched();
      first = first && (prefetched || phase.bytes() == 0);
    }
    return phases;
  }

  private static double sum(List<Time> times) {
    // Of each candidate of each kernel, so without a stream.
    double sum = 0;
    for (Time time : times) {
      sum += time.microseconds();
    }
    return sum;
  }

  /// Under programmatic launch, what is prefetched arrives while the predecessor ends and its end
  /// is made known: at least during the edge itself.
  private List<PhaseTime> hidePrefetched(KernelWork work, List<PhaseTime> phases) {
    if (!work.ordering().programmatic() || device.programmaticEdge() < 0) {
      return phases;
    }
    double hidden = device.programmaticEdge();
    List<PhaseTime> shown = new ArrayList<>();
    for (int i = 0; i < phases.size(); i++) {
      PhaseTime phase = phases.get(i);
      if (work.phases().get(i) instanceof Phase.Load load && load.prefetched()) {
        double saved = Math.min(hidden, phase.microseconds());
        hidden -= saved;
        phase = new PhaseTime(phase.name(), phase.microseconds() - saved, phase.bound());
      }
      shown.add(phase);
    }
    return shown;
  }

  /// Time of device memory for what is not in the second-level cache. Few blocks cannot ask for
  /// enough at a time to use all of its bandwidth.
  private double deviceMemory(KernelWork work, double coldWeights, long active) {
    KernelWork.Distinct distinct = work.distinct();
    double coldActivations = WorkingSet.cold(distinct.total(), device);
    double bytes =
        distinct.weights() * Math.max(coldWeights, coldActivations)
            + (distinct.read() + distinct.written()) * coldActivations;
    double each =
        device.figure(Figure.DRAM_BYTES_PER_CLOCK).orElse(device.l2BytesPerClock())
            * device.clocksPerMicrosecond();
    return bytes / Math.min(device.dramBandwidth() * 1000, active * each);
  }
}
