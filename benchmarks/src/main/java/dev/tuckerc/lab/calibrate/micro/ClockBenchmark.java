package dev.tuckerc.lab.calibrate.micro;

import static dev.tuckerc.lab.calibrate.micro.Workbench.number;
import static dev.tuckerc.lab.calibrate.micro.Workbench.pointer;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.lab.results.Samples;
import java.util.List;
import java.util.Optional;

/// The clock of a multiprocessor, by which all clocks of this session become microseconds.
final class ClockBenchmark implements Microbenchmark {
  private static final Microkernel KERNEL = Microkernel.of("clock");

  /// About half a millisecond, against a %globaltimer that moves in steps of up to a microsecond.
  private static final int STEPS = 200_000;

  /// An idle GPU takes a while to raise its clocks.
  private static final int RAMP = 200;

  @Override
  public String name() {
    return "clock";
  }

  @Override
  public String method() {
    return "%clock64 against %globaltimer inside one kernel of "
        + STEPS
        + " dependent operations, after "
        + RAMP
        + " runs that let the clocks rise";
  }

  @Override
  public List<Microkernel> kernels(Target target) {
    return List.of(KERNEL);
  }

  @Override
  public void check(Workbench bench) {
    DeviceBuffer result = bench.zeros("result", 24);
    int steps = 100;
    bench.run(bench.launch(KERNEL, 1, 1, pointer(result), number(steps)));
    int value = 1;
    for (int i = 0; i < steps; i++) {
      value = value * 1664525 + 1013904223;
    }
    WrongResultException.require(
        bench.longs(result, 3)[2], Integer.toUnsignedLong(value), "clock: the last value");
  }

  @Override
  public void measure(Workbench bench, Probe probe) {
    DeviceBuffer result = bench.zeros("result", 24);
    var launch = bench.launch(KERNEL, 1, 1, pointer(result), number(probe.effort(STEPS)));
    for (int i = 0; i < probe.effort(RAMP); i++) {
      bench.run(launch);
    }
    Optional<Samples> clock =
        probe.samples(
            "clocks per nanosecond",
            () -> {
              bench.run(launch);
              long[] values = bench.longs(result, 2);
              return (double) values[0] / values[1];
            });
    clock.ifPresent(samples -> {
      bench.setClockGigahertz(samples.median());
      probe.figure(Figure.CLOCK, "clock while little runs", samples);
    });
  }
}
