package dev.tuckerc.lab.calibrate;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.lab.Budget;
import dev.tuckerc.lab.calibrate.Outcome.Status;
import dev.tuckerc.lab.calibrate.micro.Microbenchmark;
import dev.tuckerc.lab.calibrate.micro.Microkernel;
import dev.tuckerc.lab.calibrate.micro.Probe;
import dev.tuckerc.lab.calibrate.micro.Sampler;
import dev.tuckerc.lab.calibrate.micro.Workbench;
import dev.tuckerc.lab.calibrate.micro.WrongResultException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Runs microbenchmarks one after another within a budget: each is checked by what it computes,
/// then timed. One that fails does not keep the others from running.
///
/// @param timed whether times mean something. If not, as on the emulator, the measurements are only
///   rehearsed: everything runs, and the times are thrown away.
/// @param budget of all of them
public record Calibration(Workbench bench, boolean timed, Budget budget) {
  private static final int WARM_UPS = 3;
  private static final int MOST_REPETITIONS = 200;

  /// No microbenchmark gets more, so that one that never settles leaves the others their time.
  private static final double MOST_SECONDS = 2;

  /// Runs them in order.
  ///
  /// @param progress is told the name of each before it starts
  public List<Outcome> run(List<Microbenchmark> benchmarks, Consumer<String> progress) {
    List<Outcome> outcomes = new ArrayList<>();
    List<Microbenchmark> possible =
        benchmarks.stream().filter(b -> b.obstacle(bench.target()).isEmpty()).toList();
    prepareTogether(possible);
    for (Microbenchmark benchmark : benchmarks) {
      progress.accept(benchmark.name());
      outcomes.add(run(benchmark));
      try {
        bench.release();
      } catch (DeviceException e) {
        // After a fault the device frees nothing any more; the next one reports the same.
        outcomes.add(
            Outcome.without(
                benchmark.name() + " (freeing memory)",
                benchmark.method(),
                Status.FAILED,
                String.valueOf(e.getMessage()),
                0));
      }
    }
    return outcomes;
  }

  /// All kernels at once compile on all cores. If one does not compile, each microbenchmark finds
  /// out for itself which it is.
  private void prepareTogether(List<Microbenchmark> benchmarks) {
    List<Microkernel> kernels =
        benchmarks.stream().flatMap(b -> b.kernels(bench.target()).stream()).distinct().toList();
    try {
      bench.prepare(kernels);
    } catch (DeviceException _) {
      // Reported by the microbenchmark whose kernel it is.
    }
  }

  private Outcome run(Microbenchmark benchmark) {
    String name = benchmark.name();
    String method = benchmark.method();
    var obstacle = benchmark.obstacle(bench.target());
    if (obstacle.isPresent()) {
      return Outcome.without(name, method, Status.UNSUPPORTED, obstacle.get(), 0);
    }
    if (!budget.allows(name)) {
      return Outcome.without(name, method, Status.LEFT_OUT, "no time was left", 0);
    }
    double start = budget.usedSeconds();
    Probe probe = timed ? new Probe(sampler(start)) : Probe.rehearsal();
    Status status;
    String reason = "";
    try {
      bench.prepare(benchmark.kernels(bench.target()));
      benchmark.check(bench);
      benchmark.measure(bench, probe);
      status = timed ? Status.MEASURED : Status.CHECKED;
    } catch (WrongResultException e) {
      status = Status.WRONG;
      reason = String.valueOf(e.getMessage());
    } catch (DeviceException e) {
      status = Status.FAILED;
      reason = String.valueOf(e.getMessage());
    }
    List<Figure> figures =
        probe.readings().stream().flatMap(reading -> reading.figure().stream()).toList();
    return new Outcome(
        name,
        method,
        status,
        reason,
        figures,
        timed ? probe.readings() : List.of(),
        probe.series(),
        probe.raw(),
        probe.failures(),
        budget.usedSeconds() - start);
  }

  private Sampler sampler(double start) {
    return new Sampler(
        WARM_UPS,
        MOST_REPETITIONS,
        () -> budget.usedSeconds() - start > MOST_SECONDS || budget.remainingSeconds() <= 0);
  }
}
