package dev.tuckerc.lab.calibrate.micro;

import static dev.tuckerc.lab.calibrate.micro.Workbench.number;
import static dev.tuckerc.lab.calibrate.micro.Workbench.pointer;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceBuffer;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Rate of Hopper's `wgmma` with both factors in shared memory.
///
/// @param columns the N of m64nNk16
record WgmmaBenchmark(int columns, Figure rate) implements Microbenchmark {
  private static final int THREADS = 128;
  private static final int DEPTH = 16;

  /// Products in one step of the loop.
  private static final int UNROLL = 4;

  private static final int PAIR_OF_ONES = 0x3c003c00;
  private static final double[] STEPS = {16, 32, 48, 64};

  private Microkernel kernel() {
    return Microkernel.of("wgmma").with("COLUMNS", columns).filling("multiply", multiply());
  }

  /// One product: its accumulators are so many that no template could list them for every size.
  private String multiply() {
    int registers = columns / 2;
    String names =
        IntStream.range(0, registers).mapToObj(i -> "%" + i).collect(Collectors.joining(", "));
    String operands =
        IntStream.range(0, registers)
            .mapToObj(i -> "\"+f\"(sum[" + i + "])")
            .collect(Collectors.joining(", "));
    return """
    #pragma unroll
    for (int i = 0; i < %d; i++) {
      asm volatile(
          "wgmma.mma_async.sync.aligned.m64n%dk16.f32.f16.f16 {%s}, %%%d, %%%d, 1, 1, 1, 0, 0;"
          : %s
          : "l"(left), "l"(right));
    }
    """
        .formatted(UNROLL, columns, names, registers, registers + 1, operands);
  }

  @Override
  public String name() {
    return "wgmma-n" + columns;
  }

  @Override
  public String method() {
    return "%clock64 around "
        + rate.meaning()
        + " with f32 sums, both factors in shared memory, one group of four warps; slope against"
        + " the number of products";
  }

  @Override
  public Optional<String> obstacle(Target target) {
    return target.capability() == 90 && target.accelerated()
        ? Optional.empty()
        : Optional.of("wgmma exists on sm_90a only, this is " + target.architecture());
  }

  @Override
  public List<Microkernel> kernels(Target target) {
    return List.of(kernel());
  }

  private long run(Workbench bench, DeviceBuffer cycles, DeviceBuffer results, int steps) {
    bench.run(
        bench.launch(
            kernel(),
            1,
            THREADS,
            pointer(cycles),
            pointer(results),
            number(PAIR_OF_ONES),
            number(steps)));
    return bench.longs(cycles, 1)[0];
  }

  @Override
  public void check(Workbench bench) {
    DeviceBuffer cycles = bench.zeros("cycles", 8);
    DeviceBuffer results = bench.zeros("results", 4L * THREADS);
    int steps = 3;
    run(bench, cycles, results, steps);
    float expected = (float) columns / 2 * DEPTH * UNROLL * steps;
    for (float found : bench.floats(results, THREADS)) {
      WrongResultException.require(
          Float.floatToRawIntBits(found),
          Float.floatToRawIntBits(expected),
          name() + ": bits of a thread's sum");
    }
  }

  @Override
  public void measure(Workbench bench, Probe probe) {
    DeviceBuffer cycles = bench.zeros("cycles", 8);
    DeviceBuffer results = bench.zeros("results", 4L * THREADS);
    double work = 64.0 * columns * DEPTH * UNROLL;
    probe
        .slope("clocks", STEPS, steps -> run(bench, cycles, results, (int) steps))
        .ifPresent(s -> probe.figure(rate, rate.meaning() + ", four warps", s.map(c -> work / c)));
  }
}
