package dev.tuckerc.lab.calibrate.micro;

import static dev.tuckerc.lab.calibrate.micro.Workbench.number;
import static dev.tuckerc.lab.calibrate.micro.Workbench.pointer;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceBuffer;
import java.util.List;

/// A barrier of a block, by the number of its warps.
final class BlockBarrierBenchmark implements Microbenchmark {
  private static final int WARP = 32;
  private static final int MOST_THREADS = 1024;
  private static final int ROUNDS = 128;
  private static final int USUAL_WARPS = 8;
  private static final double[] WARPS = {1, 2, 4, 8, 16, 32};

  private static Microkernel kernel(boolean exchange) {
    return Microkernel.of("block_barrier").with("EXCHANGE", exchange ? 1 : 0);
  }

  @Override
  public String name() {
    return "block-barrier";
  }

  @Override
  public String method() {
    return "%clock64 around "
        + ROUNDS
        + " barriers of one block, divided by their number; line against the number of warps";
  }

  @Override
  public List<Microkernel> kernels(Target target) {
    return List.of(kernel(false), kernel(true));
  }

  private static long run(
      Workbench bench,
      boolean exchange,
      DeviceBuffer cycles,
      DeviceBuffer sums,
      int warps,
      int rounds) {
    bench.run(
        bench.launch(
            kernel(exchange), 1, WARP * warps, pointer(cycles), pointer(sums), number(rounds)));
    return bench.longs(cycles, 1)[0];
  }

  @Override
  public void check(Workbench bench) {
    DeviceBuffer cycles = bench.zeros("cycles", 8);
    DeviceBuffer sums = bench.zeros("sums", 4L * MOST_THREADS);
    int rounds = 5;
    int ofRounds = rounds * (rounds + 1) / 2;
    for (boolean exchange : List.of(false, true)) {
      for (int warps : List.of(1, 3, 8)) {
        run(bench, exchange, cycles, sums, warps, rounds);
        int threads = WARP * warps;
        int[] found = bench.ints(sums, threads);
        for (int thread = 0; thread < threads; thread++) {
          int neighbour = (thread + WARP) % threads;
          WrongResultException.require(
              found[thread],
              ofRounds + (exchange ? rounds * neighbour : 0),
              "block-barrier: sum of thread " + thread + " of " + threads);
        }
      }
    }
  }

  @Override
  public void measure(Workbench bench, Probe probe) {
    DeviceBuffer cycles = bench.zeros("cycles", 8);
    DeviceBuffer sums = bench.zeros("sums", 4L * MOST_THREADS);
    probe
        .slope(
            "clocks of a barrier by warps",
            WARPS,
            warps -> (double) run(bench, false, cycles, sums, (int) warps, ROUNDS) / ROUNDS)
        .ifPresent(
            s -> probe.figure(Figure.BARRIER_PER_WARP, Figure.BARRIER_PER_WARP.meaning(), s));
    for (boolean exchange : List.of(false, true)) {
      probe
          .samples(
              "clocks of a barrier of 8 warps" + (exchange ? " with exchange" : ""),
              () -> (double) run(bench, exchange, cycles, sums, USUAL_WARPS, ROUNDS) / ROUNDS)
          .map(s -> s.map(bench::microseconds))
          .ifPresent(s -> {
            if (exchange) {
              probe.remark("barrier of 8 warps with a shared store and load", "us", s);
            } else {
              probe.figure(Figure.BARRIER, Figure.BARRIER.meaning(), s);
            }
          });
    }
  }
}
