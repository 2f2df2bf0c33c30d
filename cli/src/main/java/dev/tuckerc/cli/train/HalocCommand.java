package dev.tuckerc.cli.train;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.options.CompileOptions;
import dev.tuckerc.cli.pipeline.Calibration;
import dev.tuckerc.cli.pipeline.CompileRequest;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.data.Dataset;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.training.admm.LowRankLayer;
import dev.tuckerc.training.finetune.Settings;
import dev.tuckerc.training.finetune.Trainer;
import dev.tuckerc.training.haloc.Candidate;
import dev.tuckerc.training.haloc.Haloc;
import dev.tuckerc.training.haloc.RankFile;
import dev.tuckerc.training.haloc.SearchSpace;
import dev.tuckerc.training.haloc.Unit;
import dev.tuckerc.training.model.TrainableModel;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.layer.DecompositionOptions;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.layer.LayerCost;
import dev.tuckerc.transform.ranks.RankPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `tuckerc train haloc`: a search for ranks within a target, truncation, fine-tuning of the
/// factors.
@Command(
    name = "haloc",
    description =
        "Finds the ranks of a model's convolutions while it trains (HALOC), within a target of"
            + " predicted time or of multiply-accumulates; writes them as a rank file, replaces the"
            + " layers by their factors, and trains these further.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  tuckerc train haloc net.onnx --data cifar10:DIR --target-flops 0.3 -o l.onnx",
      "  tuckerc train haloc net.onnx --data cifar10:DIR --target-latency 9 -o l.onnx"
    })
final class HalocCommand implements Runnable {
  private static final List<String> FORMS = List.of("R-C-E", "RC-E", "R-CE", "R-D-E");

  private final Output output;

  @Mixin private TrainOptions options = new TrainOptions();

  @Mixin private FinetuneOptions finetuneOptions = new FinetuneOptions();

  @Mixin private CompileOptions compile = new CompileOptions();

  @Option(
      names = "--target-latency",
      paramLabel = "US",
      description =
          "Most microseconds, predicted for --target: the sum over the layers that 'tuckerc"
              + " decompose' shows.")
  private @Nullable Double latency;

  @Option(
      names = "--target-flops",
      paramLabel = "SHARE",
      description = "Most multiply-accumulates, as a share of the dense model's.")
  private @Nullable Double flops;

  @Option(
      names = "--forms",
      paramLabel = "FORM,...",
      split = ",",
      description =
          "Forms that layers may take, of R-C-E, RC-E, R-CE (equal ranks) and R-D-E (sums of"
              + " terms). Default: all of them.")
  private List<String> forms = new ArrayList<>();

  @Option(
      names = "--ranks-file",
      paramLabel = "FILE.json",
      description =
          "Where the ranks are written, as --ranks fixed=FILE.json reads them (default: beside the"
              + " output).")
  private @Nullable Path ranksFile;

  @Option(
      names = "--quantum",
      paramLabel = "N",
      description = "Ranks are multiples of this (default: 8, as the kernels' tiles are).")
  private int quantum = RankPolicy.QUANTUM;

  @Option(
      names = "--logit-rate",
      paramLabel = "R",
      description = "Learning rate of the candidates' logits (default: 0.01).")
  private double logitRate = 0.01;

  @Option(
      names = "--feature-weight",
      paramLabel = "W",
      description =
          "Weight of the distance of the layers' outputs from the original model's in the first"
              + " epoch; it falls to 0 (default: 1).")
  private double features = 1;

  @Option(
      names = "--fit-samples",
      paramLabel = "N",
      description =
          "Training samples that the factors of the original weights, in the ranks found, are"
              + " fitted to before they are trained; 0 goes on from the search's own weights,"
              + " truncated (default: 256).")
  private int fitSamples = Calibration.SAMPLES;

  HalocCommand(Output output) {
    this.output = output;
  }

  @Override
  public void run() {
    check();
    try (TrainingRun run = TrainingRun.open(options, output)) {
      SearchSpace space = space(run.model().source());
      double target = latency != null ? latency : Objects.requireNonNull(flops) * space.denseCost();
      Settings settings = options.settings();
      output
          .out()
          .println(
              String.format(
                  Locale.ROOT,
                  "%d layers have a choice; %s: dense %.6g, least %.6g, target %.6g",
                  space.layers().size(),
                  space.unit(),
                  space.denseCost(),
                  space.leastCost(),
                  target));
      Haloc.Options search =
          new Haloc.Options(target, settings.epochs(), logitRate, features, settings.seed());
      List<Candidate> chosen;
      boolean finished;
      try (Haloc method = new Haloc(run.model(), space, search)) {
        finished = run.train("haloc", run.model(), method, settings) == Trainer.End.FINISHED;
        chosen = method.chosen();
      }
      show(space, chosen);
      writeRanks(RankFile.text(space, chosen));
      Graph low = LowRankLayer.truncate(run.model().graph(), lowRank(space, chosen));
      output.out().println("truncated: " + Percent.of(run.testAccuracy(low)));
      if (fitSamples > 0) {
        low = fitted(run, lowRank(space, chosen));
        output.out().println("fitted: " + Percent.of(run.testAccuracy(low)));
      }
      Settings finetune = finetuneOptions.after(settings, FinetuneOptions.OF_FACTORS);
      if (finished && finetune.epochs() > 0) {
        try (TrainableModel factors = TrainableModel.of(run.prepared(low))) {
          run.train("finetune", factors, run.plain(factors), finetune);
          low = factors.graph();
        }
        output.out().println("fine-tuned: " + Percent.of(run.testAccuracy(low)));
      }
      run.write(low);
    }
  }

  private Graph fitted(TrainingRun run, List<LowRankLayer> layers) {
    Dataset samples = run.samples().training().first(fitSamples);
    try (Progress progress = output.progress("fit", layers.size())) {
      return FittedFactors.of(
          options.model(),
          compile.request(options.model(), Map.of(), Optional.empty()).bindings(),
          layers,
          samples,
          options.settings().seed(),
          progress);
    }
  }

  private void check() {
    TrainOptions.require(
        (latency == null) != (flops == null),
        "--target-latency, --target-flops: exactly one of them is needed");
    TrainOptions.require(latency == null || latency > 0, "--target-latency: not positive");
    TrainOptions.require(
        flops == null || flops > 0 && flops <= 1, "--target-flops: not above 0 and at most 1");
    TrainOptions.require(
        !compile.ranks().decomposes(), "--ranks has no effect here: the ranks are searched for");
    TrainOptions.require(
        FORMS.containsAll(forms),
        "--forms: a search is among " + String.join(", ", FORMS) + ", not " + forms);
    TrainOptions.require(quantum >= 1, "--quantum: at least 1 is needed");
    TrainOptions.require(logitRate > 0, "--logit-rate: not positive");
    TrainOptions.require(features >= 0, "--feature-weight: negative");
    TrainOptions.require(options.settings().epochs() >= 2, "--epochs: a search takes 2 or more");
    TrainOptions.require(fitSamples >= 0, "--fit-samples: negative");
    finetuneOptions.check();
    FilesIo.requireWritable(ranksFile());
  }

  private SearchSpace space(Graph trained) {
    CompileRequest request = compile.request(options.model(), Map.of(), Optional.empty());
    // Without a cost model a layer gets the form of the fewest multiply-accumulates.
    PassContext context =
        latency != null
            ? request.ranks().context(request.precision(), request.target(), request.fusion())
            : PassContext.of(request.precision());
    return SearchSpace.of(
        RankPlan.beforeDecomposition(request, context),
        trained,
        LayerCost.of(context),
        new DecompositionOptions(forms, false),
        quantum,
        latency != null ? Unit.MICROSECONDS : Unit.MULTIPLY_ACCUMULATES);
  }

  private static List<LowRankLayer> lowRank(SearchSpace space, List<Candidate> chosen) {
    List<LowRankLayer> layers = new ArrayList<>();
    for (int i = 0; i < chosen.size(); i++) {
      for (Layer layer : space.layers().get(i).users()) {
        chosen
            .get(i)
            .form()
            .ifPresent(form -> layers.add(new LowRankLayer(layer, form, "found by HALOC")));
      }
    }
    return layers;
  }

  private void show(SearchSpace space, List<Candidate> chosen) {
    for (int i = 0; i < chosen.size(); i++) {
      Candidate candidate = chosen.get(i);
      output
          .out()
          .println(
              String.format(
                  Locale.ROOT,
                  "  %-40s %s",
                  space.layers().get(i).users().getFirst().name(),
                  candidate
                      .form()
                      .map(form -> form.choice() + " (" + form.name() + ")")
                      .orElse("dense")));
    }
    output
        .out()
        .println(
            String.format(
                Locale.ROOT,
                "%.6g %s, %.1f %% of dense",
                space.cost(chosen),
                space.unit(),
                100 * space.cost(chosen) / space.denseCost()));
  }

  private Path ranksFile() {
    if (ranksFile != null) {
      return ranksFile;
    }
    String name = String.valueOf(options.output().getFileName()).replaceFirst("\\.onnx$", "");
    return options.output().resolveSibling(name + ".ranks.json");
  }

  private void writeRanks(String text) {
    Path file = ranksFile();
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new CliException(
          Code.CLI003, file + ": cannot be written (" + e + "); check the folder", e);
    }
    output.note("wrote " + file);
  }
}
