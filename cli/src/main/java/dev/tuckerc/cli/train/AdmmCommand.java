package dev.tuckerc.cli.train;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.options.CompileOptions;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.training.admm.Admm;
import dev.tuckerc.training.admm.LowRankLayer;
import dev.tuckerc.training.finetune.Settings;
import dev.tuckerc.training.finetune.Trainer;
import dev.tuckerc.training.model.TrainableModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `tuckerc train admm`: dense training towards low rank, truncation, fine-tuning of the factors.
@Command(
    name = "admm",
    description =
        "Draws the weights of a dense model to low rank while it trains (alternating direction"
            + " method of multipliers), replaces its layers by their factors, and trains these"
            + " further. The ranks are those of --ranks.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  tuckerc train admm net.onnx --data cifar10:DIR --ranks fixed=0.5 -o low.onnx",
      "  tuckerc train admm net.onnx --data idx:DIR --ranks energy=0.9 -o low.onnx"
    })
final class AdmmCommand implements Runnable {
  private final Output output;

  @Mixin private TrainOptions options = new TrainOptions();

  @Mixin private FinetuneOptions finetuneOptions = new FinetuneOptions();

  @Mixin private CompileOptions compile = new CompileOptions();

  @Option(
      names = "--forms",
      paramLabel = "FORM,...",
      split = ",",
      description = "Forms that layers may take, as for 'tuckerc decompose' (default: all).")
  private List<String> forms = new ArrayList<>();

  @Option(
      names = "--rho",
      paramLabel = "R",
      description = "Weight of the distance from low rank in the first epoch (default: 0.001).")
  private double rho = 1e-3;

  @Option(
      names = "--rho-growth",
      paramLabel = "F",
      description = "Factor of that weight from epoch to epoch (default: 1).")
  private double growth = 1;

  AdmmCommand(Output output) {
    this.output = output;
  }

  @Override
  public void run() {
    check();
    try (TrainingRun run = TrainingRun.open(options, output)) {
      Settings settings = options.settings();
      List<LowRankLayer> layers =
          LowRankLayer.of(RankPlan.of(options.model(), compile, forms), run.model().source());
      output
          .out()
          .println(
              layers.size()
                  + " layers to become low-rank; without training, truncation leaves "
                  + Percent.of(
                      run.testAccuracy(LowRankLayer.truncate(run.model().source(), layers))));
      boolean finished;
      try (Admm method = new Admm(run.model(), layers, rho, growth)) {
        finished = run.train("admm", run.model(), method, settings) == Trainer.End.FINISHED;
        output
            .out()
            .println(
                String.format(Locale.ROOT, "residual |W - Z| / |W| = %.4f", method.residual()));
      }
      output.out().println("dense: " + Percent.of(run.testAccuracy(run.model().graph())));
      Graph truncated = LowRankLayer.truncate(run.model().graph(), layers);
      output.out().println("truncated: " + Percent.of(run.testAccuracy(truncated)));
      Settings finetune = finetuneOptions.after(settings, FinetuneOptions.OF_FACTORS);
      if (finished && finetune.epochs() > 0) {
        try (TrainableModel factors = TrainableModel.of(truncated)) {
          run.train("finetune", factors, run.plain(factors), finetune);
          truncated = factors.graph();
        }
        output.out().println("fine-tuned: " + Percent.of(run.testAccuracy(truncated)));
      }
      run.write(truncated);
    }
  }

  private void check() {
    if (!compile.ranks().decomposes()) {
      throw new CliException(
          Code.CLI001,
          "--ranks: say how far, as in --ranks fixed=0.5; without, nothing is low-rank");
    }
    if (!(rho > 0) || !(growth >= 1)) {
      throw new CliException(Code.CLI001, "--rho must be positive and --rho-growth at least 1");
    }
    finetuneOptions.check();
  }
}
