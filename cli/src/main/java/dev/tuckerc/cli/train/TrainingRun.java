package dev.tuckerc.cli.train;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.onnx.exporter.OnnxExporter;
import dev.tuckerc.onnx.importer.OnnxImporter;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.training.finetune.EpochRecord;
import dev.tuckerc.training.finetune.FeatureMatching;
import dev.tuckerc.training.finetune.Method;
import dev.tuckerc.training.finetune.NormalizationUnfolding;
import dev.tuckerc.training.finetune.Settings;
import dev.tuckerc.training.finetune.Trainer;
import dev.tuckerc.training.model.FactorScales;
import dev.tuckerc.training.model.Torch;
import dev.tuckerc.training.model.TrainableModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/// One training run of the command line: what is read, shown and written around a [Trainer].
final class TrainingRun implements AutoCloseable {
  private final TrainOptions options;
  private final Output output;
  private final Trainer.Samples samples;
  private final Optional<TrainableModel> teacher;
  private final TrainableModel model;
  private final WorkerProcesses processes;
  private final Interruption interruption = new Interruption();
  private final List<EpochRecord> epochs = new ArrayList<>();

  private TrainingRun(TrainOptions options, Output output, Graph graph) {
    this.options = options;
    this.output = output;
    this.samples = TrainingData.read(options, graph);
    this.model = TrainableModel.of(prepared(graph));
    equalize(model);
    this.teacher = options.teacher().map(file -> TrainableModel.of(read(file)));
    this.processes = WorkerProcesses.join(options.workers(), options.arguments());
  }

  /// Reads model and data.
  static TrainingRun open(TrainOptions options, Output output) {
    options.check();
    options.checkpoint().ifPresent(FilesIo::createFolder);
    options.log().ifPresent(FilesIo::requireWritable);
    options.curves().ifPresent(FilesIo::requireWritable);
    Torch.useThreads(options.threads());
    return new TrainingRun(options, output, read(options.model()));
  }

  /// A graph as it is trained: with batch normalisation behind its convolutions where that is asked
  /// for.
  Graph prepared(Graph graph) {
    if (!options.unfoldsNormalization()) {
      return graph;
    }
    NormalizationUnfolding.Result result = NormalizationUnfolding.of(graph, samples.training());
    output.note("batch normalisation behind " + result.layers() + " convolutions");
    return result.graph();
  }

  /// Before any method looks at the weights.
  private void equalize(TrainableModel trained) {
    int pairs = FactorScales.equalize(trained);
    if (pairs > 0) {
      output.note("equal scales for " + pairs + " pairs of factors");
    }
  }

  private static Graph read(Path file) {
    return OnnxImporter.read(file, ShapeBindings.NONE);
  }

  TrainableModel model() {
    return model;
  }

  Trainer.Samples samples() {
    return samples;
  }

  /// Plain training of a model of the same values, as the options want it.
  Method plain(TrainableModel trained) {
    return options.features() > 0
        ? FeatureMatching.of(
            trained.source(),
            teacher.orElseThrow(),
            options.features(),
            options.settings().products())
        : Method.NONE;
  }

  /// Trains the model, and shows how it goes.
  Trainer.End train(Method method, Settings settings) {
    if (options.resume() && options.checkpoint().filter(Trainer::hasCheckpoint).isEmpty()) {
      throw new CliException(
          Code.CLI002,
          options.checkpoint().orElseThrow() + ": holds no checkpoint; leave out --resume");
    }
    return train("", model, method, settings);
  }

  /// Trains another model on the same samples: one phase of several, which has a folder of its own
  /// below that of the checkpoints.
  ///
  /// @param phase its name; empty for the only one
  Trainer.End train(String phase, TrainableModel trained, Method method, Settings settings) {
    Optional<Path> folder = options.checkpoint().map(base -> base.resolve(phase));
    folder.ifPresent(FilesIo::createFolder);
    boolean resume = options.resume() && folder.filter(Trainer::hasCheckpoint).isPresent();
    if (trained != model) {
      equalize(trained);
    }
    EpochLog log =
        new EpochLog(options.log().filter(_ -> isFirst()).map(file -> beside(file, phase)), resume);
    try (Display display = new Display(settings, log);
        Trainer trainer =
            new Trainer(
                trained, teacher, method, settings, samples, processes.workers(), display)) {
      Trainer.End end = trainer.run(folder, resume, interruption::requested);
      switch (end) {
        case FINISHED -> {}
        case STOPPED -> output.note("interrupted" + howToGoOn());
        case OUT_OF_TIME -> output.note("the time is up" + howToGoOn());
      }
      return end;
    }
  }

  /// `epochs.jsonl` of a phase is `epochs-PHASE.jsonl`.
  private static Path beside(Path file, String phase) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    return phase.isEmpty()
        ? file
        : file.resolveSibling(
            dot < 0
                ? name + "-" + phase
                : name.substring(0, dot) + "-" + phase + name.substring(dot));
  }

  /// Top-1 of a graph on the test samples; empty without any.
  OptionalDouble testAccuracy(Graph graph) {
    try (TrainableModel judged = TrainableModel.of(graph)) {
      return Trainer.accuracy(judged, samples);
    }
  }

  private String howToGoOn() {
    return options
        .checkpoint()
        .map(folder -> "; go on with the same command and --resume (" + folder + ")")
        .orElse("; without --checkpoint the run cannot be resumed");
  }

  /// Whether this process is the one of its run that writes and shows.
  boolean isFirst() {
    return processes.workers().rank() == 0;
  }

  /// Writes the trained model, and the curves if they are wanted.
  void write(Graph graph) {
    if (!isFirst()) {
      return;
    }
    OnnxExporter.write(graph, options.output());
    options.curves().ifPresent(file -> new Curves(epochs).write(file));
    output.note("wrote " + options.output());
  }

  @Override
  public void close() {
    processes.close();
    model.close();
    teacher.ifPresent(TrainableModel::close);
    interruption.close();
  }

  /// Progress while an epoch is on, a line for each that is done.
  private final class Display implements Trainer.Listener, AutoCloseable {
    private final Settings settings;
    private final EpochLog log;
    private Progress progress = Progress.silent();
    private int shown;
    private long start;

    Display(Settings settings, EpochLog log) {
      this.settings = settings;
      this.log = log;
    }

    @Override
    public void step(int epoch, int step, int steps, double loss, double accuracy, double rate) {
      if (shown != epoch) {
        shown = epoch;
        start = System.nanoTime();
        progress =
            isFirst()
                ? output.progress("epoch " + epoch + "/" + settings.epochs(), steps)
                : Progress.silent();
      }
      double seconds = (System.nanoTime() - start) / 1e9 / step;
      double left = seconds * (steps - step + (double) (settings.epochs() - epoch) * steps);
      progress.step(
          String.format(
              Locale.ROOT,
              "loss %.4f  accuracy %.1f %%  rate %.5f  %.0f s left",
              loss,
              100 * accuracy,
              rate,
              left));
    }

    @Override
    public void epoch(EpochRecord epoch) {
      progress.close();
      epochs.add(epoch);
      log.add(epoch);
      StringBuilder line = new StringBuilder();
      line.append(
          String.format(
              Locale.ROOT,
              "epoch %d/%d  loss %.4f  accuracy %.2f %%",
              epoch.epoch(),
              settings.epochs(),
              epoch.loss(),
              100 * epoch.accuracy()));
      epoch
          .testAccuracy()
          .ifPresent(
              value -> line.append(String.format(Locale.ROOT, "  test %.2f %%", 100 * value)));
      for (Map.Entry<String, Double> figure : epoch.figures().entrySet()) {
        line.append(String.format(Locale.ROOT, "  %s %.4g", figure.getKey(), figure.getValue()));
      }
      line.append(String.format(Locale.ROOT, "  rate %.5f  %.0f s", epoch.rate(), epoch.seconds()));
      output.out().println(line);
    }

    @Override
    public void close() {
      progress.close();
    }
  }
}
