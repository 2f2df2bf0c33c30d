package dev.tuckerc.lab.calibrate.micro;

import static dev.tuckerc.lab.calibrate.micro.Workbench.number;
import static dev.tuckerc.lab.calibrate.micro.Workbench.pointer;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.lab.results.Samples;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// A barrier of all blocks through device memory.
final class GridBarrierBenchmark implements Microbenchmark {
  private static final int THREADS = 128;
  private static final int ROUNDS = 64;
  private static final Microkernel KERNEL = Microkernel.of("grid_barrier");

  @Override
  public String name() {
    return "grid-barrier";
  }

  @Override
  public String method() {
    return "%clock64 around "
        + ROUNDS
        + " barriers, median of the blocks; line of the time of one against the number of blocks";
  }

  @Override
  public List<Microkernel> kernels(Target target) {
    return List.of(KERNEL);
  }

  /// Clocks of one barrier, median of the blocks.
  private static double clocks(
      Workbench bench, DeviceBuffer arrived, DeviceBuffer result, int blocks, int rounds) {
    bench.clear(arrived);
    bench.run(
        bench.launch(KERNEL, blocks, THREADS, pointer(arrived), pointer(result), number(rounds)));
    long[] values = bench.longs(result, 2 * blocks);
    for (int block = 0; block < blocks; block++) {
      WrongResultException.require(
          values[2 * block + 1], 0, "grid-barrier: barriers that did not open");
    }
    double[] clocks = IntStream.range(0, blocks).mapToDouble(b -> values[2 * b]).toArray();
    return Samples.of(clocks).median() / rounds;
  }

  @Override
  public void check(Workbench bench) {
    DeviceBuffer arrived = bench.zeros("arrived", 4);
    double _ = clocks(bench, arrived, bench.zeros("result", 64), 4, 5);
    WrongResultException.require(bench.ints(arrived, 1)[0], 20, "grid-barrier: arrivals counted");
  }

  @Override
  public void measure(Workbench bench, Probe probe) {
    int all = bench.multiprocessors();
    int rounds = probe.effort(ROUNDS);
    DeviceBuffer arrived = bench.zeros("arrived", 4);
    DeviceBuffer result = bench.zeros("result", 16L * all);
    double[] blocks =
        DoubleStream.of(2, 8, 16, 32, 64, 96, all).filter(b -> b <= all).distinct().toArray();
    probe
        .series(
            "clocks of a barrier by blocks",
            blocks,
            b -> clocks(bench, arrived, result, (int) b, rounds))
        .ifPresent(slopes -> {
          probe
              .fitted("grid barrier, fixed part", slopes::intercepts)
              .ifPresent(s ->
                  probe.figure(
                      Figure.GRID_BARRIER, "grid barrier, fixed part", s.map(bench::microseconds)));
          probe
              .fitted("grid barrier, each block", slopes::slopes)
              .ifPresent(s ->
                  probe.figure(
                      Figure.GRID_BARRIER_PER_BLOCK,
                      "grid barrier, each block",
                      s.map(bench::microseconds)));
        });
  }
}
