package dev.tuckerc.cli;

import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.cli.console.Failure;
import dev.tuckerc.cli.console.Output;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

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
public final class Tuckerc implements Runnable {
  /// Version of the program, part of every bundle.
  public static final String VERSION = "0.1.0";

  @Spec private CommandSpec spec;

  @Option(
      names = "--verbose",
      scope = ScopeType.INHERIT,
      description = "Log what each stage does to standard error.")
  private boolean verbose;

  @Option(
      names = "--quiet",
      scope = ScopeType.INHERIT,
      description = "No progress and no notes on standard error.")
  private boolean quiet;

  @Option(
      names = "--stacktrace",
      scope = ScopeType.INHERIT,
      description = "Show the stack trace of an error.")
  private boolean stacktrace;

  /// Runs one command.
  ///
  /// @return the exit code
  static int execute(String[] args, Output output) {
    CommandLine line = create(output);
    line.setOut(new PrintWriter(output.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(output.err(), true, StandardCharsets.UTF_8));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler(
        (e, command, result) -> report(e, output, root(command).stacktrace));
    line.setParameterExceptionHandler((e, rest) -> reportUsage(e, output));
    try {
      return line.execute(args);
    } catch (OutOfMemoryError | StackOverflowError e) {
      return report(e, output, false);
    }
  }

  private static CommandLine create(Output output) {
    CommandLine line = new CommandLine(new Tuckerc());
    line.addSubcommand(new HelpCommand());
    Commands.addTo(line, output);
    return line;
  }

  private static Tuckerc root(CommandLine command) {
    CommandLine line = command;
    while (line.getParent() != null) {
      line = line.getParent();
    }
    return line.getCommand();
  }

  private static int report(Throwable e, Output output, boolean stacktrace) {
    Failure failure = Failure.of(e);
    output.out().flush();
    output.err().println(failure);
    if (stacktrace) {
      e.printStackTrace(output.err());
    }
    return failure.exit();
  }

  private static int reportUsage(ParameterException e, Output output) {
    String command = e.getCommandLine().getCommandSpec().qualifiedName();
    String message = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    StringBuilder hint = new StringBuilder();
    if (e instanceof CommandLine.UnmatchedArgumentException unmatched) {
      for (String suggestion : unmatched.getSuggestions()) {
        hint.append(hint.isEmpty() ? "; did you mean " : " or ").append(suggestion);
      }
    }
    output
        .err()
        .println(
            new Failure(
                ExitCode.USAGE, "CLI001", message + hint + "; see '" + command + " --help'"));
    return ExitCode.USAGE;
  }

  @Override
  public void run() {
    spec.commandLine().usage(spec.commandLine().getOut());
  }
}
