package dev.tuckerc.lab.calibrate.micro;

import static dev.tuckerc.lab.calibrate.micro.Workbench.number;
import static dev.tuckerc.lab.calibrate.micro.Workbench.pointer;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.KernelLaunch;
import java.util.List;

/// What the first execution of code costs, while it is not in the instruction caches.
final class ColdCodeBenchmark implements Microbenchmark {
  /// Some 64 KiB of machine code: the caches next to the multiprocessors do not hold two such
  /// kernels.
  private static final int STATEMENTS = 2048;

  private static final int PASSES = 2;
  private static final double KILOBYTE = 1024;

  private static Microkernel kernel(int salt) {
    return Microkernel.of("cold_code").with("STATEMENTS", STATEMENTS).with("SALT", salt);
  }

  @Override
  public String name() {
    return "cold-code";
  }

  @Override
  public String method() {
    return "%clock64 around the first and the second pass over a long run of straight code, one warp,"
        + " after another kernel of the same size; difference divided by the size of the code";
  }

  @Override
  public List<Microkernel> kernels(Target target) {
    return List.of(kernel(1), kernel(2));
  }

  @Override
  public void check(Workbench bench) {
    for (int salt : List.of(1, 2)) {
      DeviceBuffer result = bench.zeros("result", 8L * (PASSES + 1));
      bench.run(bench.launch(kernel(salt), 1, 1, pointer(result), number(PASSES)));
      int value = PASSES;
      for (int pass = 0; pass < PASSES; pass++) {
        for (int i = 0; i < STATEMENTS; i++) {
          value = value * 5 ^ (i * 0x9e3779b1 + salt);
        }
      }
      WrongResultException.require(
          bench.longs(result, PASSES + 1)[PASSES],
          Integer.toUnsignedLong(value),
          "cold-code: the last value");
    }
  }

  @Override
  public void measure(Workbench bench, Probe probe) {
    DeviceBuffer result = bench.zeros("result", 8L * (PASSES + 1));
    KernelLaunch other = bench.launch(kernel(1), 1, 32, pointer(result), number(PASSES));
    KernelLaunch own = bench.launch(kernel(2), 1, 32, pointer(result), number(PASSES));
    double kilobytes = CodeSize.of(bench.compiled(kernel(2)).cubin(), kernel(2).name()) / KILOBYTE;
    probe
        .samples(
            "extra clocks of the first pass",
            () -> {
              bench.run(other);
              bench.run(own);
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
