package dev.tuckerc.lab.calibrate.micro;

import static dev.tuckerc.lab.calibrate.micro.Workbench.number;
import static dev.tuckerc.lab.calibrate.micro.Workbench.pointer;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceBuffer;
import java.util.List;

/// Rate of f32 multiply-adds.
final class FmaBenchmark implements Microbenchmark {
  private static final int CHAINS = 8;
  private static final int THREADS = 1024;

  /// Multiply-adds of a chain in one step of the loop.
  private static final int UNROLL = 16;

  private static final double[] STEPS = {32, 64, 96, 128};
  private static final int ONE = Float.floatToRawIntBits(1);
  private static final Microkernel KERNEL = Microkernel.of("fma").with("CHAINS", CHAINS);

  @Override
  public String name() {
    return "multiply-add";
  }

  @Override
  public String method() {
    return "%clock64 around chains of dependent multiply-adds; slope against their length, 32 warps"
        + " of 8 chains";
  }

  @Override
  public List<Microkernel> kernels(Target target) {
    return List.of(KERNEL);
  }

  private static long run(
      Workbench bench, int threads, DeviceBuffer cycles, DeviceBuffer results, int steps) {
    bench.run(
        bench.launch(
            KERNEL,
            1,
            threads,
            pointer(cycles),
            pointer(results),
            number(ONE),
            number(ONE),
            number(steps)));
    return bench.longs(cycles, 1)[0];
  }

  @Override
  public void check(Workbench bench) {
    DeviceBuffer cycles = bench.zeros("cycles", 8);
    DeviceBuffer results = bench.zeros("results", 4L * THREADS);
    int steps = 3;
    run(bench, 64, cycles, results, steps);
    int sum = CHAINS * (CHAINS - 1) / 2 + CHAINS * steps * UNROLL;
    for (int found : bench.ints(results, 64)) {
      WrongResultException.require(
          found, Float.floatToRawIntBits(sum), "multiply-add: bits of the sum of all chains");
    }
  }

  @Override
  public void measure(Workbench bench, Probe probe) {
    DeviceBuffer cycles = bench.zeros("cycles", 8);
    DeviceBuffer results = bench.zeros("results", 4L * THREADS);
    double work = (double) THREADS * CHAINS * UNROLL;
    probe
        .slope("clocks", STEPS, steps -> run(bench, THREADS, cycles, results, (int) steps))
        .ifPresent(s ->
            probe.figure(
                Figure.FMA_PER_CLOCK, Figure.FMA_PER_CLOCK.meaning(), s.map(c -> work / c)));
  }
}
