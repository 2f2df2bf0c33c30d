package dev.tuckerc.cli.train;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.options.PreprocessOption;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.data.DataException;
import dev.tuckerc.training.data.Augmentation;
import dev.tuckerc.training.finetune.RateSchedule;
import dev.tuckerc.training.finetune.Settings;
import dev.tuckerc.training.model.Products;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// The options that all methods of training share.
final class TrainOptions {
  private static final Pattern DURATION = Pattern.compile("([0-9]{1,6})([smh])");

  @Parameters(paramLabel = "MODEL.onnx", description = "The model; its batch must be open.")
  private @Nullable Path model;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT.onnx",
      description = "Where the trained model is written.")
  private @Nullable Path output;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "SOURCE",
      description =
          "Training samples with labels: cifar10:DIR, cifar100:DIR, idx:DIR or ts:DIR (their"
              + " training part), images:DIR (a folder for each class),"
              + " npy:SAMPLES.npy,LABELS.npy.")
  private @Nullable String data;

  @Option(
      names = "--test",
      paramLabel = "SOURCE",
      description =
          "Samples that each epoch is judged by (default: the test part of the data, where it has"
              + " one).")
  private @Nullable String test;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Use the first N training samples only (default: all).")
  private int count = Integer.MAX_VALUE;

  @Option(
      names = "--test-count",
      paramLabel = "N",
      description = "Use the first N test samples only (default: all).")
  private int testCount = Integer.MAX_VALUE;

  @Mixin private PreprocessOption preprocess = new PreprocessOption();

  @Option(
      names = "--augment",
      paramLabel = "WHAT",
      description = "none, flip, crop=PIXELS, or flip,crop=PIXELS (default: none).")
  private String augmentation = "none";

  @Option(names = "--epochs", paramLabel = "N", description = "Default: 10.")
  private int epochs = Settings.USUAL.epochs();

  @Option(names = "--batch", paramLabel = "N", description = "Samples of a step (default: 128).")
  private int batch = Settings.USUAL.batch();

  @Option(names = "--rate", paramLabel = "R", description = "Learning rate (default: 0.01).")
  private double rate = Settings.USUAL.rate();

  @Option(
      names = "--schedule",
      paramLabel = "S",
      description =
          "How the rate falls: constant, cosine, or steps=0.5:0.75 (a tenth from each of these"
              + " parts of the run on; default: cosine).")
  private String schedule = "cosine";

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      description =
          "sgd, or adam (with decoupled weight decay; wants rates of a tenth or less of sgd's;"
              + " default: sgd).")
  private Settings.Algorithm optimizer = Settings.USUAL.algorithm();

  @Option(names = "--momentum", paramLabel = "M", description = "Default: 0.9.")
  private double momentum = Settings.USUAL.momentum();

  @Option(names = "--weight-decay", paramLabel = "D", description = "Default: 0.0001.")
  private double weightDecay = Settings.USUAL.weightDecay();

  @Option(
      names = "--clip",
      paramLabel = "NORM",
      description =
          "Shorten the gradients where their norm, all of them together, is above this (default:"
              + " never).")
  private double clip = Settings.USUAL.clip();

  @Option(
      names = "--average",
      paramLabel = "D",
      description =
          "Judge and write the running mean of the weights, of which this share stays in each step"
              + " (such as 0.999), in the place of the last step's. Of plain training, not of a"
              + " method's own epochs (default: 0, none).")
  private double average;

  @Option(
      names = "--compute",
      paramLabel = "P",
      description =
          "In what convolutions and products of a step are multiplied: fp32, or bf16, which is"
              + " faster on processors with AMX or AVX512-BF16; weights stay in fp32 (default:"
              + " fp32).")
  private Products compute = Settings.USUAL.products();

  @Option(
      names = "--unfold-batch-norm",
      description =
          "Put batch normalisation behind convolutions that have none, such as those it was folded"
              + " into. The model computes the same at first.")
  private boolean unfold;

  @Option(
      names = "--sync-batch-norm",
      description =
          "With several workers, normalise by the statistics of the whole batch, not of each"
              + " worker's share.")
  private boolean synchronizedStatistics;

  @Option(
      names = "--label-smoothing",
      paramLabel = "E",
      description = "Share of the target that all classes get (default: 0).")
  private double labelSmoothing;

  @Mixin private DistillationOptions distillation = new DistillationOptions();

  @Option(
      names = "--checkpoint",
      paramLabel = "DIR",
      description = "Keep what is needed to go on, after each epoch and when interrupted.")
  private @Nullable Path checkpoint;

  @Option(names = "--resume", description = "Go on from the checkpoint.")
  private boolean resume;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of the order of the samples and their augmentation (default: 0).")
  private long seed;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that compute (default: the machine's cores).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--workers",
      paramLabel = "N",
      description =
          "Processes on this machine that share every batch (default: 1). For several machines"
              + " start one process each with MASTER_ADDR, MASTER_PORT, RANK and WORLD_SIZE set,"
              + " as torchrun does.")
  private int workers = 1;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  @Option(
      names = "--time-budget",
      paramLabel = "TIME",
      description = "End the run after this time, as in 90s, 30m or 2h.")
  private @Nullable String budget;

  @Option(
      names = "--log",
      paramLabel = "FILE.jsonl",
      description =
          "Write a line of JSON for each epoch (default: epochs.jsonl beside the checkpoint).")
  private @Nullable Path log;

  @Option(
      names = "--curves",
      paramLabel = "FILE.svg",
      description = "Draw loss and accuracy over the epochs.")
  private @Nullable Path curves;

  /// Weight of the activations' distance from the teacher's; 0 for none.
  double features() {
    return distillation.features();
  }

  Path model() {
    return Objects.requireNonNull(model);
  }

  Path output() {
    return Objects.requireNonNull(output);
  }

  String data() {
    return Objects.requireNonNull(data);
  }

  Optional<String> test() {
    return Optional.ofNullable(test);
  }

  int count() {
    return count;
  }

  int testCount() {
    return testCount;
  }

  Optional<String> preprocessing() {
    return preprocess.settings();
  }

  Optional<Path> checkpoint() {
    return Optional.ofNullable(checkpoint);
  }

  boolean resume() {
    return resume;
  }

  boolean unfoldsNormalization() {
    return unfold;
  }

  int workers() {
    return workers;
  }

  /// The command line as it was given.
  List<String> arguments() {
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    while (line.getParent() != null) {
      line = line.getParent();
    }
    return line.getParseResult().originalArgs();
  }

  int threads() {
    return threads;
  }

  Optional<Path> curves() {
    return Optional.ofNullable(curves);
  }

  /// Where the lines of JSON go.
  Optional<Path> log() {
    return Optional.ofNullable(log).or(() -> checkpoint().map(c -> c.resolve("epochs.jsonl")));
  }

  /// The model to learn from; empty where none is wanted.
  Optional<Path> teacher() {
    return distillation.teacher(model());
  }

  /// Refuses values that do not fit, before any work.
  ///
  /// @throws CliException for the first one
  void check() {
    FilesIo.requireReadable(model());
    FilesIo.requireWritable(output());
    teacher().ifPresent(FilesIo::requireReadable);
    distillation.check();
    require(!resume || checkpoint != null, "--resume needs --checkpoint DIR, which to go on from");
    require(epochs >= 1, "--epochs: at least 1 is needed, not " + epochs);
    require(batch >= 2, "--batch: at least 2 is needed, not " + batch);
    require(workers >= 1, "--workers: at least 1 is needed, not " + workers);
    require(
        batch % workers == 0,
        "--batch: " + batch + " samples cannot be shared evenly by " + workers + " workers");
    require(threads >= 1, "--threads: at least 1 is needed, not " + threads);
    require(count >= 1 && testCount >= 1, "--count, --test-count: at least 1 is needed");
    require(rate > 0 && Double.isFinite(rate), "--rate: " + rate + " is no positive number");
    require(share(momentum), "--momentum: " + momentum + " is not from 0 to below 1");
    require(weightDecay >= 0, "--weight-decay: " + weightDecay + " is negative");
    require(clip > 0, "--clip: " + clip + " is not positive");
    require(share(average), "--average: " + average + " is not from 0 to below 1");
    require(share(labelSmoothing), "--label-smoothing: " + labelSmoothing + " is not below 1");
    settings();
  }

  private static boolean share(double value) {
    return value >= 0 && value < 1;
  }

  /// @throws CliException where a condition on the options does not hold
  static void require(boolean condition, String problem) {
    if (!condition) {
      throw new CliException(Code.CLI001, problem);
    }
  }

  /// The settings of the run.
  ///
  /// @throws CliException for a value of another form
  Settings settings() {
    try {
      return new Settings(
          epochs,
          batch,
          rate,
          RateSchedule.parse(schedule),
          optimizer,
          momentum,
          weightDecay,
          compute,
          clip,
          average,
          synchronizedStatistics,
          labelSmoothing,
          distillation.share(),
          distillation.temperature(),
          Augmentation.parse(augmentation),
          seed,
          1,
          budget());
    } catch (IllegalArgumentException e) {
      throw new CliException(Code.CLI001, "--schedule: " + e.getMessage(), e);
    } catch (DataException e) {
      throw new CliException(Code.CLI001, "--augment: " + e.getMessage(), e);
    }
  }

  private Optional<Duration> budget() {
    if (budget == null) {
      return Optional.empty();
    }
    Matcher matcher = DURATION.matcher(budget);
    if (!matcher.matches()) {
      throw new CliException(
          Code.CLI001, "--time-budget: '" + budget + "' is no time; write 90s, 30m or 2h");
    }
    long number = Long.parseLong(matcher.group(1));
    return Optional.of(
        switch (matcher.group(2)) {
          case "s" -> Duration.ofSeconds(number);
          case "m" -> Duration.ofMinutes(number);
          default -> Duration.ofHours(number);
        });
  }
}
