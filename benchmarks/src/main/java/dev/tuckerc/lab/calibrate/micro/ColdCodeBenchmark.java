package dev.tuckerc.lab.calibrate.micro;

import static dev.tuckerc.lab.calibrate.micro.Workbench.number;
import static dev.tuckerc.lab.calibrate.micro.Workbench.pointer;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.KernelLaunch;
import java.util.List;

/// What the first execution of code costs, while it is not in the instruction caches.
final class ColdCodeBenchmark implements Microbenchmark {
  /// Some 64 KiB of machine code.
  private static final int STATEMENTS = 2048;

  private static final Microkernel KERNEL =
      Microkernel.of("cold_code").with("STATEMENTS", STATEMENTS);

  /// Loaded so often the code is more than any instruction cache next to a multiprocessor holds.
  private static final int COPIES = 5;

  private static final int PASSES = 2;
  private static final double KILOBYTE = 1024;

  @Override
  public String name() {
    return "cold-code";
  }

  @Override
  public String method() {
    return "%clock64 around the first and the second pass over a long run of straight code, one"
        + " warp, after "
        + (COPIES - 1)
        + " copies of the code that lie elsewhere; difference divided by the size of the code";
  }

  @Override
  public List<Microkernel> kernels(Target target) {
    return List.of(KERNEL);
  }

  private static List<KernelLaunch> copies(Workbench bench, DeviceBuffer result, int count) {
    return bench.copies(KERNEL, count, 1, 32, pointer(result), number(PASSES));
  }

  @Override
  public void check(Workbench bench) {
    int value = PASSES;
    for (int pass = 0; pass < PASSES; pass++) {
      for (int i = 0; i < STATEMENTS; i++) {
        value = value * 5 ^ (i * 0x9e3779b1 + 1);
      }
    }
    DeviceBuffer result = bench.zeros("result", 8L * (PASSES + 1));
    copies(bench, result, 1).forEach(bench::run);
    WrongResultException.require(
        bench.longs(result, PASSES + 1)[PASSES],
        Integer.toUnsignedLong(value),
        "cold-code: the last value");
  }

  @Override
  public void measure(Workbench bench, Probe probe) {
    DeviceBuffer result = bench.zeros("result", 8L * (PASSES + 1));
    List<KernelLaunch> copies = copies(bench, result, probe.effort(COPIES));
    double kilobytes = CodeSize.of(bench.compiled(KERNEL).cubin(), KERNEL.name()) / KILOBYTE;
    probe
        .samples(
            "extra clocks of the first pass",
            () -> {
              copies.forEach(bench::run);
              long[] clocks = bench.longs(result, PASSES);
              return clocks[0] - clocks[1];
            })
        .ifPresent(s ->
            probe.figure(
                Figure.COLD_CODE,
                "extra clocks of the first execution of "
                    + Math.round(kilobytes)
                    + " KiB of code, each KiB",
                s.map(clocks -> clocks / kilobytes)));
  }
}
