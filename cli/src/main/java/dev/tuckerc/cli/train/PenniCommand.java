package dev.tuckerc.cli.train;

import dev.tuckerc.cli.console.Output;
import dev.tuckerc.training.finetune.Settings;
import dev.tuckerc.training.finetune.Trainer;
import dev.tuckerc.training.penni.Penni;
import dev.tuckerc.training.penni.Shrinking;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `tuckerc train penni`: kernels as sparse combinations of a shared basis.
@Command(
    name = "penni",
    description =
        "Trains every convolution as sparse combinations of a few kernels that its channels share"
            + " (PENNI): the two factors in turn, then pruning, training of what is left, and"
            + " removal of dead channels. The model that is written holds a depthwise and a 1x1"
            + " convolution for each, and 'tuckerc compile' skips the zeros where that is faster.",
    footerHeading = "%nExamples:%n",
    footer = {"  tuckerc train penni net.onnx --data cifar10:DIR -o sparse.onnx --epochs 20"})
final class PenniCommand implements Runnable {
  private final Output output;

  @Mixin private TrainOptions options = new TrainOptions();

  @Mixin private FinetuneOptions finetuneOptions = new FinetuneOptions();

  @Option(
      names = "--basis",
      paramLabel = "N",
      description = "Kernels that the channels of a layer share (default: 5).")
  private int basis = 5;

  @Option(
      names = "--gamma",
      paramLabel = "G",
      description = "Weight of the coefficients' magnitude in the loss (default: 0.0001).")
  private double gamma = 1e-4;

  @Option(
      names = "--turn",
      paramLabel = "N",
      description =
          "Epochs that one factor learns while the other is frozen; coefficients begin (default:"
              + " 5).")
  private int turn = 5;

  @Option(
      names = "--prune",
      paramLabel = "D",
      description =
          "Coefficients below this share of their layer's standard deviation become 0 (default:"
              + " 1).")
  private double deviations = 1;

  PenniCommand(Output output) {
    this.output = output;
  }

  @Override
  public void run() {
    check();
    try (TrainingRun run = TrainingRun.open(options, output)) {
      Settings settings = options.settings();
      try (Penni method = new Penni(run.model(), basis, gamma, turn)) {
        output.out().println(method.layers() + " layers share a basis of " + basis + " kernels");
        boolean finished =
            run.train("penni", run.model(), method, settings) == Trainer.End.FINISHED;
        method.prune(deviations);
        output
            .out()
            .println(
                String.format(
                    Locale.ROOT,
                    "pruned: %.1f %% of the coefficients are zero, %s",
                    100 * method.sparsity(),
                    Percent.of(run.testAccuracy(Shrinking.of(run.model(), method).graph()))));
        Settings finetune = finetuneOptions.after(settings, 1);
        if (finished && finetune.epochs() > 0) {
          run.train("finetune", run.model(), method, finetune);
        }
        Shrinking.Result shrunk = Shrinking.of(run.model(), method);
        show(shrunk);
        output.out().println("written: " + Percent.of(run.testAccuracy(shrunk.graph())));
        run.write(shrunk.graph());
      }
    }
  }

  private void show(Shrinking.Result shrunk) {
    output
        .out()
        .println(
            String.format(
                Locale.ROOT,
                "channels %d -> %d, weights that are not zero %d -> %d,"
                    + " multiply-accumulates %d -> %d",
                shrunk.dense().channels(),
                shrunk.after().channels(),
                shrunk.dense().weights(),
                shrunk.after().weights(),
                shrunk.dense().multiplyAccumulates(),
                shrunk.after().multiplyAccumulates()));
  }

  private void check() {
    TrainOptions.require(basis >= 1, "--basis: at least 1 is needed");
    TrainOptions.require(gamma >= 0, "--gamma: negative");
    TrainOptions.require(turn >= 1, "--turn: at least 1 is needed");
    TrainOptions.require(deviations >= 0, "--prune: negative");
    TrainOptions.require(
        options.settings().average() == 0,
        "--average: PENNI's pruned coefficients are not those of a mean; leave it out");
    TrainOptions.require(
        options.features() == 0,
        "--match-features: of plain training, which PENNI has none of; leave it out");
    finetuneOptions.check();
  }
}
