package dev.tuckerc.cli.train;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.options.CompileOptions;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.training.finetune.Method;
import dev.tuckerc.training.finetune.Settings;
import dev.tuckerc.training.finetune.Trainer;
import dev.tuckerc.training.haloc.Haloc;
import dev.tuckerc.training.haloc.SearchSpace;
import dev.tuckerc.training.lowrank.LowRankLayer;
import dev.tuckerc.training.model.TrainableModel;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `tuckerc train haloc`: ranks found by training, a ranks file and a fine-tuned model.
@Command(
    name = "haloc",
    description =
        "Finds the rank of every convolution while the model trains, towards a share of the dense"
            + " model's cost (HALOC), writes a ranks file, and trains the factors further. Costs are"
            + " predicted for --target.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  tuckerc train haloc resnet20.onnx --data cifar10:DIR --budget macs=0.28 -o low.onnx",
      "  tuckerc train haloc resnet20.onnx --data cifar10:DIR --budget latency=0.7 --target t4"
          + " -o low.onnx --ranks-file ranks.json"
    })
final class HalocCommand implements Runnable {
  private final Output output;

  @Mixin private TrainOptions options = new TrainOptions();

  @Mixin private CompileOptions compile = new CompileOptions();

  @Option(
      names = "--budget",
      required = true,
      paramLabel = "COST=SHARE",
      description =
          "What the model may cost: latency=SHARE of the dense model's predicted time, or"
              + " macs=SHARE of its multiply-accumulates.")
  private String budget;

  @Option(
      names = "--quantum",
      paramLabel = "N",
      description = "Ranks are multiples of this (default: 8, as the kernels' tiles are).")
  private int quantum = RankPolicy.QUANTUM;

  @Option(
      names = "--alignment",
      paramLabel = "W",
      description =
          "Weight of the distance of feature maps from the original model's in the first epoch"
              + " (default: 1).")
  private double alignment = 1;

  @Option(
      names = "--ranks-file",
      paramLabel = "FILE.json",
      description = "Where the ranks are written (default: OUT.ranks.json).")
  private @Nullable Path ranksFile;

  @Option(
      names = "--finetune-epochs",
      paramLabel = "N",
      description = "Epochs for the factors; 0 for none (default: those of --epochs).")
  private @Nullable Integer finetuneEpochs;

  HalocCommand(Output output) {
    this.output = output;
  }

  @Override
  public void run() {
    check();
    Path ranks =
        ranksFile == null
            ? options.output().resolveSibling(options.output().getFileName() + ".ranks.json")
            : ranksFile;
    FilesIo.requireWritable(ranks);
    Settings settings = options.settings();
    try (TrainingRun run = TrainingRun.open(options, output)) {
      SearchSpace space =
          RankPlan.searchSpace(
              options.model(), compile, run.model().source(), quantum, isLatency());
      output
          .out()
          .printf(
              Locale.ROOT,
              "%d layers to choose for; the dense model costs %.4g %s%n",
              space.layers().size(),
              space.denseCost(),
              isLatency() ? "us" : "multiply-accumulates");
      Graph low;
      boolean finished;
      try (Haloc search =
          new Haloc(
              run.model(),
              space,
              share() * space.denseCost(),
              alignment,
              settings.epochs(),
              options.settings().seed())) {
        finished = run.train("search", run.model(), search, settings) == Trainer.End.FINISHED;
        if (run.isFirst()) {
          write(ranks, search.ranks());
          output.note("wrote " + ranks);
        }
        output
            .out()
            .printf(
                Locale.ROOT,
                "chosen: %d of %d layers low-rank, %.1f %% of the dense cost%n",
                search.layers().size(),
                space.layers().size(),
                100 * search.cost() / space.denseCost());
        low = LowRankLayer.truncate(run.model().graph(), search.layers());
      }
      output.out().println("truncated: " + TrainingRun.percent(run.testAccuracy(low)));
      int epochs = finetuneEpochs == null ? settings.epochs() : finetuneEpochs;
      if (finished && epochs > 0) {
        try (TrainableModel factors = TrainableModel.of(low)) {
          run.train("finetune", factors, Method.NONE, settings.with(epochs, settings.rate()));
          low = factors.graph();
        }
        output.out().println("fine-tuned: " + TrainingRun.percent(run.testAccuracy(low)));
      }
      run.write(low);
    }
  }

  private void check() {
    if (compile.ranks().decomposes()) {
      throw new CliException(Code.CLI001, "--ranks has no effect: this command finds the ranks");
    }
    if (quantum < 1) {
      throw new CliException(Code.CLI001, "--quantum: at least 1 is needed, not " + quantum);
    }
    if (!(alignment >= 0) || finetuneEpochs != null && finetuneEpochs < 0) {
      throw new CliException(
          Code.CLI001, "--alignment and --finetune-epochs must not be negative");
    }
    share();
  }

  private boolean isLatency() {
    return budget.startsWith("latency=");
  }

  private double share() {
    String text = budget.substring(budget.indexOf('=') + 1);
    boolean known = isLatency() || budget.startsWith("macs=");
    if (known && text.matches("0?\\.[0-9]+|1(\\.0+)?")) {
      double share = Double.parseDouble(text);
      if (share > 0) {
        return share;
      }
    }
    throw new CliException(
        Code.CLI001,
        "--budget: '" + budget + "' is no budget; write latency=0.7 or macs=0.28, for instance");
  }

  private static void write(Path file, Map<String, RankChoice> ranks) {
    ObjectNode root = Output.object();
    ranks.forEach((layer, choice) -> {
      if (choice instanceof RankChoice.Ranks(int in, int out)) {
        root.putObject(layer).put("in", in).put("out", out);
      } else {
        root.put(layer, "dense");
      }
    });
    try {
      Files.writeString(file, Output.text(root) + System.lineSeparator());
    } catch (IOException e) {
      throw new CliException(
          Code.CLI003, file + ": cannot be written (" + e + "); name another file", e);
    }
  }
}
