package dev.tuckerc.lab.calibrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.emulator.EmulatedDevice;
import dev.tuckerc.lab.Budget;
import dev.tuckerc.lab.calibrate.Outcome.Status;
import dev.tuckerc.lab.calibrate.fit.FitException;
import dev.tuckerc.lab.calibrate.fit.Samples;
import dev.tuckerc.lab.calibrate.micro.Microbenchmark;
import dev.tuckerc.lab.calibrate.micro.Microkernel;
import dev.tuckerc.lab.calibrate.micro.Probe;
import dev.tuckerc.lab.calibrate.micro.Target;
import dev.tuckerc.lab.calibrate.micro.Workbench;
import dev.tuckerc.lab.calibrate.micro.WrongResultException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// What becomes of microbenchmarks that work, fail, or do not get their turn.
class CalibrationTest {

  /// A microbenchmark without kernels.
  private record Scripted(
      String name, Optional<String> obstacle, Runnable check, Consumer<Probe> measure)
      implements Microbenchmark {
    static Scripted of(String name, Consumer<Probe> measure) {
      return new Scripted(name, Optional.empty(), () -> {}, measure);
    }

    @Override
    public String method() {
      return "by script";
    }

    @Override
    public Optional<String> obstacle(Target target) {
      return obstacle;
    }

    @Override
    public List<Microkernel> kernels(Target target) {
      return List.of();
    }

    @Override
    public void check(Workbench bench) {
      check.run();
    }

    @Override
    public void measure(Workbench bench, Probe probe) {
      measure.accept(probe);
    }
  }

  private static List<Outcome> run(boolean timed, Budget budget, Microbenchmark... benchmarks) {
    try (EmulatedDevice device = new EmulatedDevice();
        Workbench bench = new Workbench(device, NvrtcCompiler.create(), Target.of(90), 1 << 16)) {
      return new Calibration(bench, timed, budget).run(List.of(benchmarks), _ -> {});
    }
  }

  @Test
  void oneThatFailsDoesNotKeepTheOthersFromRunning() {
    List<Outcome> outcomes =
        run(
            true,
            Budget.unlimited(),
            new Scripted("lacking", Optional.of("needs sm_999"), () -> {}, _ -> {}),
            new Scripted(
                "wrong",
                Optional.empty(),
                () -> {
                  throw new WrongResultException("sum is 3, not 4");
                },
                _ -> {}),
            new Scripted(
                "broken",
                Optional.empty(),
                () -> {
                  throw new DeviceException("out of memory");
                },
                _ -> {}),
            Scripted.of(
                "good",
                probe -> {
                  probe
                      .samples("three", () -> 3)
                      .ifPresent(s -> probe.figure(Figure.SERIAL_EDGE, "edge", s));
                  probe.fitted(
                      "hopeless",
                      () -> {
                        throw new FitException("no slope");
                      });
                }));
    assertThat(outcomes)
        .extracting(Outcome::status)
        .containsExactly(Status.UNSUPPORTED, Status.WRONG, Status.FAILED, Status.MEASURED);
    assertThat(outcomes)
        .extracting(Outcome::reason)
        .containsExactly("needs sm_999", "sum is 3, not 4", "out of memory", "");
    Outcome good = outcomes.getLast();
    assertThat(good.readings()).hasSize(1);
    Samples samples = good.readings().getFirst().samples();
    assertThat(samples.count()).isEqualTo(Samples.ENOUGH);
    assertThat(samples.median()).isEqualTo(3);
    assertThat(samples.stable()).isTrue();
    assertThat(good.failures()).containsExactly("hopeless: no slope");
    assertThat(good.raw()).containsKey("three");
  }

  /// What disagrees is repeated to the limit and said to be unstable.
  @Test
  void restlessSamplesAreRepeatedAndFlagged() {
    int[] turn = {0};
    Outcome outcome =
        run(
                true,
                Budget.unlimited(),
                Scripted.of(
                    "restless",
                    probe ->
                        probe
                            .samples("either", () -> turn[0]++ % 2 == 0 ? 1 : 2)
                            .ifPresent(s -> probe.remark("either", "us", s))))
            .getFirst();
    Samples samples = outcome.readings().getFirst().samples();
    assertThat(samples.count()).isEqualTo(200);
    assertThat(samples.stable()).isFalse();
  }

  @Test
  void whatFindsNoTimeIsLeftOutAndListed() {
    Budget budget = Budget.ofSeconds(0.05);
    List<Outcome> outcomes =
        run(
            true,
            budget,
            Scripted.of(
                "long",
                probe ->
                    probe.samples(
                        "slow",
                        () -> {
                          pause();
                          return 1;
                        })),
            Scripted.of("late", _ -> {}));
    assertThat(outcomes.getFirst().status()).isEqualTo(Status.MEASURED);
    assertThat(outcomes.getFirst().failures())
        .singleElement()
        .asString()
        .startsWith("slow: time was up after ");
    assertThat(outcomes.getLast().status()).isEqualTo(Status.LEFT_OUT);
    assertThat(budget.leftOut()).containsExactly("late");
  }

  private static void pause() {
    try {
      Thread.sleep(40);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void withoutTimesMeasurementsAreRehearsedAndThrownAway() {
    List<Double> lengths = new ArrayList<>();
    Outcome outcome =
        run(
                false,
                Budget.unlimited(),
                Scripted.of(
                    "any",
                    probe ->
                        probe
                            .slope(
                                "line",
                                new double[] {16, 48, 80},
                                x -> {
                                  lengths.add(x);
                                  return 2 * x;
                                })
                            .ifPresent(s -> probe.figure(Figure.SERIAL_EDGE, "edge", s))))
            .getFirst();
    assertThat(outcome.status()).isEqualTo(Status.CHECKED);
    assertThat(outcome.figures()).containsExactly(Figure.SERIAL_EDGE);
    assertThat(outcome.readings()).isEmpty();
    assertThat(outcome.series()).isEmpty();
    assertThat(lengths).containsExactly(2.0, 6.0);
  }
}
