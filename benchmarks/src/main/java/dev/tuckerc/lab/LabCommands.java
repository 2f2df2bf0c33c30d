package dev.tuckerc.lab;

import dev.tuckerc.cli.console.Output;
import dev.tuckerc.lab.all.AllCommand;
import dev.tuckerc.lab.bench.BenchCommand;
import dev.tuckerc.lab.calibrate.CalibrateCommand;
import dev.tuckerc.lab.doctor.DoctorCommand;
import dev.tuckerc.lab.peers.PeersCommand;
import dev.tuckerc.lab.predict.PredictCommand;
import dev.tuckerc.lab.report.ReportCommand;
import dev.tuckerc.lab.sanitize.SanitizeCommand;
import dev.tuckerc.lab.verify.VerifyCommand;
import picocli.CommandLine;

/// The list of the laboratory's commands.
final class LabCommands {
  private LabCommands() {}

  /// Adds all commands.
  static void addTo(CommandLine line, Output output) {
    line.addSubcommand(new DoctorCommand(output));
    line.addSubcommand(new VerifyCommand(output));
    line.addSubcommand(new CalibrateCommand(output));
    line.addSubcommand(new BenchCommand(output));
    line.addSubcommand(new PeersCommand(output));
    line.addSubcommand(new SanitizeCommand(output));
    line.addSubcommand(new AllCommand(output));
    line.addSubcommand(new PredictCommand(output));
    line.addSubcommand(new ReportCommand(output));
  }
}
