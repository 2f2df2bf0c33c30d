package dev.tuckerc.cli.train;

import dev.tuckerc.cli.console.Output;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `tuckerc train`: training of models, dense and low-rank.
@Command(
    name = "train",
    description =
        "Trains an ONNX classifier on labelled data and writes an ONNX model: fine-tuning, and the"
            + " published methods that make a model low-rank while it trains.")
public final class TrainCommand implements Runnable {
  @Spec private CommandSpec spec;

  private TrainCommand() {}

  /// The command with its own commands.
  public static CommandLine create(Output output) {
    return new CommandLine(new TrainCommand())
        .addSubcommand(new FinetuneCommand(output))
        .addSubcommand(new AdmmCommand(output));
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Missing command: " + String.join(", ", spec.subcommands().keySet()));
  }
}
