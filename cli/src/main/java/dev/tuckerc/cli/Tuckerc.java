package dev.tuckerc.cli;

import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.console.Program;
import dev.tuckerc.cli.console.RootCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.ScopeType;

/// The root of the command line.
@Command(
    name = "tuckerc",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    scope = ScopeType.INHERIT,
    synopsisSubcommandLabel = "COMMAND",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description =
        "Compiles ONNX CNNs to fused CUDA kernels, decomposing convolutions where that pays, and"
            + " runs them on a GPU or an emulated device.",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:results differ from the reference",
      "2:the command line or a file it names cannot be used",
      "3:the model is not supported",
      "4:a device, driver or memory failed",
      "5:internal error"
    })
public final class Tuckerc extends RootCommand {
  /// Version of the program, part of every bundle.
  public static final String VERSION = "0.1.0";

  /// Runs one command.
  ///
  /// @return the exit code
  static int execute(String[] args, Output output) {
    CommandLine line = new CommandLine(new Tuckerc());
    line.addSubcommand(new HelpCommand());
    Commands.addTo(line, args, output);
    return Program.execute(line, args, output);
  }
}
