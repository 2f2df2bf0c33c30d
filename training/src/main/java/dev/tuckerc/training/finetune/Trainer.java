package dev.tuckerc.training.finetune;

import dev.tuckerc.data.Dataset;
import dev.tuckerc.training.data.Batch;
import dev.tuckerc.training.data.BatchStream;
import dev.tuckerc.training.data.EpochOrder;
import dev.tuckerc.training.finetune.TrainingState.Progress;
import dev.tuckerc.training.model.Parameter;
import dev.tuckerc.training.model.TrainableModel;
import dev.tuckerc.training.model.TrainableModel.Mode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// Trains a model: steps, epochs, tests, checkpoints.
///
/// With a fixed number of threads a run gives the same bits each time, also where it was stopped
/// and resumed in between.
public final class Trainer implements AutoCloseable {
  private static final String CHECKPOINT = "checkpoint.safetensors";

  private final Classifier classifier;
  private final Optional<Classifier> teacher;
  private final Method method;
  private final Settings settings;
  private final Samples samples;
  private final Workers workers;
  private final Listener listener;
  private final Optimizer optimizer;
  private final Optional<WeightAverage> average;
  private final TrainingState state;
  private final EpochOrder order;

  /// What a run learns from, and is judged by.
  ///
  /// @param test empty where no epoch is judged
  public record Samples(Dataset training, Optional<Dataset> test) {}

  /// Told how a run goes on.
  public interface Listener {
    /// After a step.
    ///
    /// @param epoch from 1
    /// @param loss mean over the epoch so far
    /// @param accuracy on the epoch's samples so far, 0 to 1
    void step(int epoch, int step, int steps, double loss, double accuracy, double rate);

    /// After an epoch.
    void epoch(EpochRecord epoch);
  }

  /// How a run ended.
  public enum End {
    FINISHED,
    /// Somebody asked it to.
    STOPPED,
    OUT_OF_TIME
  }

  /// @param teacher whose scores the model is to keep; its weights stay
  /// @throws TrainingException when model, samples and settings do not fit each other
  public Trainer(
      TrainableModel model,
      Optional<TrainableModel> teacher,
      Method method,
      Settings settings,
      Samples samples,
      Workers workers,
      Listener listener) {
    this.classifier = new Classifier(model);
    this.teacher = teacher.map(Classifier::new);
    this.method = method;
    this.settings = settings;
    this.samples = samples;
    this.workers = workers;
    this.listener = listener;
    boolean labelled = samples.training().label(0).isPresent();
    if (!labelled && (teacher.isEmpty() || settings.distillation() < 1)) {
      throw new TrainingException(
          "the training samples have no labels; give some, or learn from the original model alone"
              + " (distillation 1)");
    }
    int batch = Math.min(settings.batch(), samples.training().size());
    if (batch % workers.count() != 0) {
      throw new TrainingException(
          "a batch of " + batch + " cannot be shared evenly by " + workers.count() + " workers");
    }
    this.order =
        new EpochOrder(
            samples.training().size(), batch, workers.rank(), workers.count(), settings.seed());
    Map<String, Tensor> trained = new LinkedHashMap<>();
    for (Parameter parameter : model.trained()) {
      trained.put(parameter.name(), parameter.tensor());
    }
    method.parameters().forEach(own -> trained.put(own.name(), own.tensor()));
    this.optimizer = Optimizer.of(trained, settings);
    if (settings.synchronizedStatistics() && workers.count() > 1) {
      model.synchronizeStatistics(workers.count(), workers::average);
    }
    // What a method does to the weights is not done to their mean.
    this.average =
        settings.average() > 0 && method.isPlain()
            ? Optional.of(new WeightAverage(model, settings.average()))
            : Optional.empty();
    this.state =
        new TrainingState(
            model,
            method,
            optimizer,
            average.map(WeightAverage::state).orElseGet(Map::of),
            settings);
  }

  /// Top-1 accuracy of a model at inference on the test samples, 0 to 1; empty without any.
  ///
  /// @throws TrainingException when the model is no classifier of such samples
  public static OptionalDouble accuracy(TrainableModel model, Samples samples) {
    return samples
        .test()
        .map(test -> OptionalDouble.of(new Classifier(model).judge(test, Map.of()).accuracy()))
        .orElseGet(OptionalDouble::empty);
  }

  private Optional<Classifier.Judgement> judge() {
    return samples
        .test()
        .map(test -> {
          average.ifPresent(WeightAverage::exchange);
          try (NoGradGuard _ = new NoGradGuard()) {
            return classifier.judge(test, method.weights(Mode.INFERENCE));
          } finally {
            average.ifPresent(WeightAverage::exchange);
          }
        });
  }

  /// Trains to the end, or until it is stopped. Where weights are averaged, the model holds their
  /// means afterwards.
  ///
  /// @param folder where checkpoints are written after each epoch and when the run is stopped
  /// @param resume whether to go on from the one that is there
  /// @param stop asked after each step
  public End run(Optional<Path> folder, boolean resume, BooleanSupplier stop) {
    End end = train(folder, resume, stop);
    average.ifPresent(WeightAverage::exchange);
    return end;
  }

  private End train(Optional<Path> folder, boolean resume, BooleanSupplier stop) {
    Optional<Path> file = folder.map(f -> f.resolve(CHECKPOINT));
    Progress progress = Progress.START;
    if (resume && file.isPresent()) {
      progress = state.read(file.get());
    }
    long deadline =
        settings.budget().map(b -> System.nanoTime() + b.toNanos()).orElse(Long.MAX_VALUE);
    try (BatchStream stream =
        new BatchStream(samples.training(), order, settings.augmentation(), settings.readers())) {
      while (progress.epoch() < settings.epochs()) {
        long start = System.nanoTime();
        stream.start(progress.epoch(), progress.step());
        while (progress.step() < order.steps()) {
          progress = step(stream.next(), progress);
          boolean stopped = stop.getAsBoolean();
          if (agreed(stopped || System.nanoTime() > deadline)) {
            save(file, progress);
            return stopped ? End.STOPPED : End.OUT_OF_TIME;
          }
        }
        finishEpoch(progress, start);
        progress = new Progress(progress.epoch() + 1, 0, 0, 0);
        save(file, progress);
      }
      return End.FINISHED;
    }
  }

  private void save(Optional<Path> file, Progress progress) {
    if (workers.rank() == 0) {
      file.ifPresent(f -> state.write(f, progress));
    }
  }

  /// Whether any worker wants to end; all get the same answer.
  private boolean agreed(boolean end) {
    if (workers.count() == 1) {
      return end;
    }
    try (PointerScope _ = new PointerScope()) {
      Tensor vote = torch.tensor(end ? 1f : 0f);
      workers.average(List.of(vote));
      return vote.item_float() > 0;
    }
  }

  private Progress step(Batch batch, Progress before) {
    try (PointerScope _ = new PointerScope()) {
      Tensor input = classifier.input(batch);
      Optional<Tensor> wanted =
          teacher.map(t -> {
            try (NoGradGuard _ = new NoGradGuard()) {
              return t.scores(input, Mode.INFERENCE, settings.products(), Map.of());
            }
          });
      List<Tensor> computed =
          classifier.evaluate(
              input,
              Mode.TRAINING,
              settings.products(),
              method.weights(Mode.TRAINING),
              method.watched());
      Tensor scores = computed.getFirst();
      Optional<Tensor> labels =
          batch.labels().length == 0
              ? Optional.empty()
              : Optional.of(Classifier.labels(batch.labels(), scores.size(1)));
      Tensor fit = Objective.loss(scores, labels, wanted, settings);
      Tensor loss = method.loss(fit, new Method.Step(input, computed.subList(1, computed.size())));
      loss.backward();
      classifier.model().requireSynchronized();
      workers.average(optimizer.gradients());
      double rate = rate(before);
      optimizer.step(rate, name -> method.isFrozen(name, before.epoch()));
      long correct;
      try (NoGradGuard _ = new NoGradGuard()) {
        method.afterStep();
        optimizer.clearGradients();
        average.ifPresent(a -> a.update(stepsDone(before)));
        correct = labels.map(l -> Classifier.correct(scores, l)).orElse(0L);
      }
      double value = meanOverWorkers(loss);
      if (!Double.isFinite(value)) {
        throw new TrainingException(
            "the loss is "
                + value
                + " in step "
                + (before.step() + 1)
                + " of epoch "
                + (before.epoch() + 1)
                + "; use a lower rate");
      }
      Progress after =
          new Progress(
              before.epoch(), before.step() + 1, before.loss() + value, before.correct() + correct);
      listener.step(
          after.epoch() + 1,
          after.step(),
          order.steps(),
          after.loss() / after.step(),
          accuracy(after),
          rate);
      return after;
    }
  }

  private double meanOverWorkers(Tensor loss) {
    Tensor value = loss.detach().clone();
    workers.average(List.of(value));
    return value.item_float();
  }

  /// Of this worker's share.
  private double accuracy(Progress progress) {
    long seen = (long) progress.step() * (order.batch() / order.workers());
    return (double) progress.correct() / seen;
  }

  private double rate(Progress progress) {
    double all = (double) settings.epochs() * order.steps();
    return settings.rate() * settings.schedule().factor(stepsDone(progress) / all);
  }

  private long stepsDone(Progress progress) {
    return (long) progress.epoch() * order.steps() + progress.step();
  }

  private void finishEpoch(Progress progress, long start) {
    workers.average(
        classifier.model().parameters().stream()
            .filter(parameter -> !parameter.isTrained())
            .map(Parameter::tensor)
            .toList());
    average.ifPresent(a -> workers.average(a.statistics()));
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      method.afterEpoch(progress.epoch());
      Optional<Classifier.Judgement> judgement = judge();
      listener.epoch(
          new EpochRecord(
              progress.epoch() + 1,
              progress.loss() / order.steps(),
              accuracy(progress),
              judgement.map(j -> OptionalDouble.of(j.loss())).orElseGet(OptionalDouble::empty),
              judgement.map(j -> OptionalDouble.of(j.accuracy())).orElseGet(OptionalDouble::empty),
              rate(new Progress(progress.epoch(), order.steps() - 1, 0, 0)),
              (System.nanoTime() - start) / 1e9,
              method.figures()));
    }
  }

  /// Whether a folder holds a checkpoint.
  public static boolean hasCheckpoint(Path folder) {
    return Files.isRegularFile(folder.resolve(CHECKPOINT));
  }

  @Override
  public void close() {
    optimizer.close();
    average.ifPresent(WeightAverage::close);
  }
}
