package dev.tuckerc.training.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.training.SmallTask;
import dev.tuckerc.training.checkpoint.CheckpointException;
import dev.tuckerc.training.data.Augmentation;
import dev.tuckerc.training.finetune.Settings.Algorithm;
import dev.tuckerc.training.model.HostTensors;
import dev.tuckerc.training.model.Products;
import dev.tuckerc.training.model.Torch;
import dev.tuckerc.training.model.TrainableModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainerTest {
  private static final Settings SETTINGS = settings(6, 0.05, 0);

  @TempDir Path folder;

  @BeforeAll
  static void oneThread() {
    Torch.useThreads(1);
  }

  static Settings settings(int epochs, double rate, double distillation) {
    return settings(Algorithm.SGD, epochs, rate, distillation, 0);
  }

  private static Settings settings(
      Algorithm algorithm, int epochs, double rate, double distillation, double average) {
    return new Settings(
        epochs,
        16,
        rate,
        new RateSchedule.Cosine(),
        algorithm,
        0.9,
        1e-4,
        Products.FP32,
        Double.POSITIVE_INFINITY,
        average,
        false,
        0.05,
        distillation,
        4,
        Augmentation.NONE,
        5,
        2,
        Optional.empty());
  }

  static Trainer.Samples samples() {
    return new Trainer.Samples(SmallTask.samples(256, 1), Optional.of(SmallTask.samples(200, 2)));
  }

  /// Keeps the epochs' figures.
  static final class Log implements Trainer.Listener {
    final List<EpochRecord> epochs = new ArrayList<>();
    int steps;

    @Override
    public void step(int epoch, int step, int count, double loss, double accuracy, double rate) {
      steps++;
    }

    @Override
    public void epoch(EpochRecord epoch) {
      epochs.add(epoch);
    }
  }

  private static Trainer.End train(
      TrainableModel model,
      Method method,
      Settings settings,
      Optional<Path> folder,
      boolean resume,
      Log log,
      BooleanSupplier stop) {
    try (Trainer trainer =
        new Trainer(model, Optional.empty(), method, settings, samples(), Workers.ALONE, log)) {
      return trainer.run(folder, resume, stop);
    }
  }

  private static Map<String, Tensor> parameters(TrainableModel model) {
    Map<String, Tensor> all = new LinkedHashMap<>();
    model.parameters().forEach(p -> all.put(p.name(), HostTensors.toHost(p.tensor())));
    return all;
  }

  @Test
  void aNetworkLearnsItsTask() {
    Log log = new Log();
    try (TrainableModel model = TrainableModel.of(SmallTask.network())) {
      double before = Trainer.accuracy(model, samples()).orElseThrow();
      assertThat(train(model, Method.NONE, SETTINGS, Optional.empty(), false, log, () -> false))
          .isEqualTo(Trainer.End.FINISHED);
      assertThat(before).isLessThan(0.6);
      assertThat(log.epochs).hasSize(6);
      assertThat(log.steps).isEqualTo(6 * 16);
      assertThat(log.epochs.getLast().testAccuracy().orElseThrow()).isGreaterThan(0.9);
      assertThat(log.epochs.getLast().toJson()).startsWith("{\"epoch\":6,\"loss\":");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aResumedRunGivesTheSameBits(Algorithm algorithm) {
    Settings settings = settings(algorithm, 6, 0.05, 0, 0.9);
    Log whole = new Log();
    Map<String, Tensor> expected;
    try (TrainableModel model = TrainableModel.of(SmallTask.network())) {
      train(model, Method.NONE, settings, Optional.empty(), false, whole, () -> false);
      expected = parameters(model);
    }
    // In the middle of the second epoch.
    Log first = new Log();
    try (TrainableModel model = TrainableModel.of(SmallTask.network())) {
      assertThat(
              train(
                  model,
                  Method.NONE,
                  settings,
                  Optional.of(folder),
                  false,
                  first,
                  () -> first.steps == 21))
          .isEqualTo(Trainer.End.STOPPED);
    }
    Log second = new Log();
    try (TrainableModel model = TrainableModel.of(SmallTask.network())) {
      train(model, Method.NONE, settings, Optional.of(folder), true, second, () -> false);
      assertThat(second.steps).isEqualTo(6 * 16 - 21);
      assertThat(second.epochs.getFirst().loss()).isEqualTo(whole.epochs.get(1).loss());
      parameters(model)
          .forEach((name, tensor) ->
              assertThat(tensor.contentEquals(expected.get(name))).as(name).isTrue());
    }
    try (TrainableModel model = TrainableModel.of(SmallTask.network())) {
      assertThatThrownBy(() ->
              train(
                  model,
                  Method.NONE,
                  settings(algorithm, 6, 0.1, 0, 0.9),
                  Optional.of(folder),
                  true,
                  new Log(),
                  () -> false))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("started with rate 0.05, not 0.1");
    }
  }

  @Test
  void theModelBecomesTheMeanOfItsWeightsAndIsJudgedByIt() {
    Settings settings = settings(Algorithm.SGD, 2, 0.05, 0, 0.9);
    Map<String, double[]> means = new LinkedHashMap<>();
    Log log = new Log();
    try (TrainableModel model = TrainableModel.of(SmallTask.network())) {
      parameters(model).forEach((name, start) -> means.put(name, start.toDoubles()));
      train(
          model,
          Method.NONE,
          settings,
          Optional.empty(),
          false,
          log,
          () -> {
            double kept = Math.min(0.9, (double) log.steps / (log.steps + 9));
            parameters(model)
                .forEach((name, now) -> {
                  double[] values = now.toDoubles();
                  double[] mean = Objects.requireNonNull(means.get(name));
                  for (int i = 0; i < mean.length; i++) {
                    mean[i] = kept * mean[i] + (1 - kept) * values[i];
                  }
                });
            return false;
          });
      assertThat(log.steps).isEqualTo(2 * 16);
      parameters(model)
          .forEach((name, tensor) ->
              assertThat(tensor.toDoubles())
                  .as(name)
                  .containsExactly(means.get(name), within(1e-5)));
      assertThat(Trainer.accuracy(model, samples())).isEqualTo(log.epochs.getLast().testAccuracy());
    }
  }

  @Test
  void aFrozenParameterDoesNotMove() {
    Method frozen =
        new Method() {
          @Override
          public boolean isFrozen(String parameter, int epoch) {
            return parameter.equals("conv2.weight") && epoch > 0;
          }
        };
    try (TrainableModel model = TrainableModel.of(SmallTask.network())) {
      Map<String, Tensor> start = parameters(model);
      train(model, frozen, settings(1, 0.05, 0), Optional.empty(), false, new Log(), () -> false);
      Map<String, Tensor> moved = parameters(model);
      assertThat(moved.get("conv2.weight").contentEquals(start.get("conv2.weight"))).isFalse();
    }
    Map<String, Tensor> afterFirst = new LinkedHashMap<>();
    Log log = new Log();
    try (TrainableModel model = TrainableModel.of(SmallTask.network())) {
      train(
          model,
          frozen,
          SETTINGS,
          Optional.empty(),
          false,
          log,
          () -> {
            if (log.steps == 16) {
              afterFirst.putAll(parameters(model));
            }
            return false;
          });
      Map<String, Tensor> end = parameters(model);
      assertThat(end.get("conv2.weight").contentEquals(afterFirst.get("conv2.weight"))).isTrue();
      assertThat(end.get("conv1.weight").contentEquals(afterFirst.get("conv1.weight"))).isFalse();
    }
  }

  @Test
  void aStudentLearnsFromItsTeacherWithoutLabels() {
    try (TrainableModel teacher = TrainableModel.of(SmallTask.network());
        TrainableModel student = TrainableModel.of(SmallTask.network())) {
      train(teacher, Method.NONE, SETTINGS, Optional.empty(), false, new Log(), () -> false);
      Log log = new Log();
      try (Trainer trainer =
          new Trainer(
              student,
              Optional.of(teacher),
              Method.NONE,
              settings(6, 0.02, 1),
              samples(),
              Workers.ALONE,
              log)) {
        trainer.run(Optional.empty(), false, () -> false);
      }
      assertThat(log.epochs.getLast().testAccuracy().orElseThrow()).isGreaterThan(0.85);
    }
  }

  @Test
  void theTimeBudgetEndsTheRunAndMemoryStaysFlat() {
    Settings quick = settings(1000, 0.01, 0);
    Settings limited =
        new Settings(
            1000,
            16,
            0.01,
            quick.schedule(),
            quick.algorithm(),
            0.9,
            0,
            Products.FP32,
            Double.POSITIVE_INFINITY,
            0,
            false,
            0,
            0,
            4,
            Augmentation.NONE,
            5,
            1,
            Optional.of(Duration.ofSeconds(3)));
    long[] after = new long[2];
    Log log = new Log();
    try (TrainableModel model = TrainableModel.of(SmallTask.network())) {
      Trainer.End end =
          train(
              model,
              Method.NONE,
              limited,
              Optional.empty(),
              false,
              log,
              () -> {
                after[log.steps == 20 ? 0 : 1] = Pointer.totalCount();
                return false;
              });
      assertThat(end).isEqualTo(Trainer.End.OUT_OF_TIME);
      assertThat(log.steps).isGreaterThan(40);
      // Native objects that Java holds: those of a step are gone with it.
      assertThat(after[1] - after[0]).isLessThan(200);
    }
  }
}
