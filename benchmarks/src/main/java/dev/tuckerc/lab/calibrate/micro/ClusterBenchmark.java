package dev.tuckerc.lab.calibrate.micro;

import static dev.tuckerc.lab.calibrate.micro.Workbench.number;
import static dev.tuckerc.lab.calibrate.micro.Workbench.pointer;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceBuffer;
import java.util.List;
import java.util.Optional;

/// Barriers of a cluster of blocks, and exchange through their shared memory.
///
/// @param size blocks of the cluster
record ClusterBenchmark(int size, Figure exchange) implements Microbenchmark {
  private static final int THREADS = 128;
  private static final double[] ROUNDS = {32, 64, 96, 128};
  private static final int FIRST_WITH_CLUSTERS = 90;
  private static final int LARGEST_PORTABLE = 8;

  private Microkernel kernel() {
    return Microkernel.of("cluster").with("CLUSTER", size);
  }

  @Override
  public String name() {
    return "cluster-" + size;
  }

  @Override
  public String method() {
    return "%clock64 around barriers of a cluster of "
        + size
        + " blocks, with a word from each of "
        + THREADS
        + " threads to the blocks in turn; slope against the number of rounds, median of the"
        + " blocks";
  }

  @Override
  public Optional<String> obstacle(Target target) {
    if (size > LARGEST_PORTABLE && target.capability() >= 120) {
      return Optional.of(
          "clusters of " + size + " blocks do not exist on " + target.architecture());
    }
    return Microbenchmark.below(target, FIRST_WITH_CLUSTERS, "a cluster");
  }

  @Override
  public List<Microkernel> kernels(Target target) {
    return List.of(kernel());
  }

  private double run(Workbench bench, DeviceBuffer cycles, DeviceBuffer sums, int rounds) {
    bench.run(
        bench.launch(kernel(), size, THREADS, pointer(cycles), pointer(sums), number(rounds)));
    return bench.median(cycles, size);
  }

  @Override
  public void check(Workbench bench) {
    DeviceBuffer cycles = bench.zeros("cycles", 8L * size);
    DeviceBuffer sums = bench.zeros("sums", 4L * size * THREADS);
    int rounds = 5;
    int ofRounds = rounds * (rounds + 1) / 2;
    run(bench, cycles, sums, rounds);
    int[] found = bench.ints(sums, size * THREADS);
    for (int i = 0; i < found.length; i++) {
      int sender = i % THREADS / (THREADS / size);
      WrongResultException.require(
          found[i], 16 * ofRounds + rounds * sender, name() + ": what thread " + i + " received");
    }
  }

  @Override
  public void measure(Workbench bench, Probe probe) {
    DeviceBuffer cycles = bench.zeros("cycles", 8L * size);
    DeviceBuffer sums = bench.zeros("sums", 4L * size * THREADS);
    probe
        .slope(
            "clocks of exchanges, cluster of " + size,
            ROUNDS,
            rounds -> run(bench, cycles, sums, (int) rounds))
        .ifPresent(s -> probe.figure(exchange, exchange.meaning(), s.map(bench::microseconds)));
  }
}
