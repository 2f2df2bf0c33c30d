package dev.tuckerc.cli.ptx;

import dev.tuckerc.cli.console.Output;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `tuckerc ptx`: the emulated device as a tool of its own.
@Command(
    name = "ptx",
    description =
        "Runs kernels of any PTX or CUDA text on the emulated device, without a GPU, and checks"
            + " them for defects.")
public final class PtxCommand implements Runnable {
  @Spec private CommandSpec spec;

  private PtxCommand() {}

  /// The command with its own commands.
  public static CommandLine create(Output output) {
    return new CommandLine(new PtxCommand())
        .addSubcommand(new PtxListCommand(output))
        .addSubcommand(new PtxRunCommand(output));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command: list or run");
  }
}
