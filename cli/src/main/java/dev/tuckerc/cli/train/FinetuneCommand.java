package dev.tuckerc.cli.train;

import dev.tuckerc.cli.console.Output;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `tuckerc train finetune`: stochastic gradient descent on all weights of a model.
@Command(
    name = "finetune",
    description =
        "Trains all weights of a model further, such as those of the factors that 'tuckerc"
            + " decompose -o' wrote.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  tuckerc train finetune cut.onnx --data cifar10:DIR -o tuned.onnx --epochs 5",
      "  tuckerc train finetune cut.onnx --data npy:x.npy,y.npy -o tuned.onnx"
    })
final class FinetuneCommand implements Runnable {
  private final Output output;

  @Mixin private TrainOptions options = new TrainOptions();

  FinetuneCommand(Output output) {
    this.output = output;
  }

  @Override
  public void run() {
    try (TrainingRun run = TrainingRun.open(options, output)) {
      run.train(run.plain(run.model()), options.settings());
      run.write(run.model().graph());
    }
  }
}
