package dev.tuckerc.lab.calibrate.micro;

import static dev.tuckerc.lab.calibrate.micro.Workbench.number;
import static dev.tuckerc.lab.calibrate.micro.Workbench.pointer;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.lab.calibrate.fit.Samples;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// A barrier of all blocks through device memory, and with an exchange between neighbours.
final class GridBarrierBenchmark implements Microbenchmark {
  private static final int THREADS = 128;
  private static final int ROUNDS = 64;

  private static Microkernel kernel(boolean exchange) {
    return Microkernel.of("grid_barrier").with("EXCHANGE", exchange ? 1 : 0);
  }

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
    return List.of(kernel(false), kernel(true));
  }

  /// Memory of one launch, for up to this many blocks.
  private record Memory(
      Workbench bench, DeviceBuffer arrived, DeviceBuffer slots, DeviceBuffer result) {
    static Memory of(Workbench bench, int blocks) {
      return new Memory(
          bench,
          bench.zeros("arrived", 4),
          bench.zeros("slots", 8L * blocks),
          bench.zeros("result", 24L * blocks));
    }

    /// Clocks, sum and closed barriers of each block.
    long[] run(boolean exchange, int blocks, int rounds) {
      bench.clear(arrived);
      bench.run(
          bench.launch(
              kernel(exchange),
              blocks,
              THREADS,
              pointer(arrived),
              pointer(slots),
              pointer(result),
              number(rounds)));
      long[] values = bench.longs(result, 3 * blocks);
      for (int block = 0; block < blocks; block++) {
        WrongResultException.require(
            values[3 * block + 2], 0, "grid-barrier: barriers that did not open");
        WrongResultException.require(
            values[3 * block + 1],
            exchange ? (long) rounds * (rounds + 1) / 2 : 0,
            "grid-barrier: sum of what a neighbour stored");
      }
      return values;
    }

    double clocks(boolean exchange, int blocks, int rounds) {
      long[] values = run(exchange, blocks, rounds);
      return Samples.of(IntStream.range(0, blocks).mapToDouble(b -> values[3 * b]).toArray())
              .median()
          / rounds;
    }
  }

  @Override
  public void check(Workbench bench) {
    Memory memory = Memory.of(bench, 4);
    for (boolean exchange : List.of(false, true)) {
      memory.run(exchange, 4, 5);
      WrongResultException.require(
          bench.ints(memory.arrived(), 1)[0], 20, "grid-barrier: arrivals counted");
    }
  }

  @Override
  public void measure(Workbench bench, Probe probe) {
    int all = bench.multiprocessors();
    int rounds = probe.effort(ROUNDS);
    Memory memory = Memory.of(bench, all);
    double[] blocks =
        DoubleStream.of(2, 8, 16, 32, 64, 96, all).filter(b -> b <= all).distinct().toArray();
    probe
        .series("clocks of a barrier by blocks", blocks, b -> memory.clocks(false, (int) b, rounds))
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
    probe
        .samples("clocks of a barrier with exchange", () -> memory.clocks(true, all, rounds))
        .ifPresent(s ->
            probe.remark(
                "grid barrier with exchange, " + all + " blocks",
                "us",
                s.map(bench::microseconds)));
  }
}
