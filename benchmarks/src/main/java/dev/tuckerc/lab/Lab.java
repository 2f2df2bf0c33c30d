package dev.tuckerc.lab;

import dev.tuckerc.cli.DoctorCommand;
import dev.tuckerc.cli.Main;
import dev.tuckerc.cli.Version;
import dev.tuckerc.cli.console.Program;
import dev.tuckerc.cli.console.RootCommand;
import dev.tuckerc.lab.bench.BenchCommand;
import dev.tuckerc.lab.calibrate.CalibrateCommand;
import dev.tuckerc.lab.kit.PrepareCommand;
import dev.tuckerc.lab.report.PlansCommand;
import dev.tuckerc.lab.report.PredictCommand;
import dev.tuckerc.lab.report.ReportCommand;
import dev.tuckerc.lab.verify.VerifyCommand;
import java.io.PrintStream;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.ScopeType;

/// Entry point of the laboratory, the command `lab`.
@Command(
    name = "lab",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    scope = ScopeType.INHERIT,
    synopsisSubcommandLabel = "COMMAND",
    sortOptions = false,
    usageHelpAutoWidth = true,
    description =
        "Checks and measures tuckerc's kernels on a GPU machine, and writes each result as one"
            + " line of JSON",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:done",
      "1:results differ from the reference, or a tool found a defect",
      "2:the command line or a file it names cannot be used",
      "3:the model is not supported",
      "4:a device, driver, tool or memory failed or is missing",
      "5:internal error"
    })
public final class Lab extends RootCommand {
  private Lab() {}

  /// Runs one command and ends the process with its exit code.
  public static void main(String[] args) {
    Program.runAndExit(args, Lab::run);
  }

  /// Runs one command in this process.
  ///
  /// @return the exit code
  public static int run(String[] args, PrintStream out, PrintStream err) {
    Main.configure(args);
    var output = Program.output(args, out, err);
    CommandLine line = new CommandLine(new Lab());
    line.addSubcommand(new HelpCommand());
    line.addSubcommand(new DoctorCommand(output));
    line.addSubcommand(new CalibrateCommand(output));
    line.addSubcommand(new VerifyCommand(output));
    line.addSubcommand(new BenchCommand(output));
    line.addSubcommand(new PrepareCommand(output));
    line.addSubcommand(new PredictCommand(output));
    line.addSubcommand(new PlansCommand(output));
    line.addSubcommand(new ReportCommand(output));
    return Program.execute(line, args, output);
  }
}
