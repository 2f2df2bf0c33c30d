package dev.tuckerc.cli;

import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.evaluate.EvaluateCommand;
import dev.tuckerc.cli.ptx.PtxCommand;
import dev.tuckerc.cli.train.TrainCommand;
import picocli.CommandLine;

/// The list of commands.
final class Commands {
  private Commands() {}

  /// Adds all commands.
  static void addTo(CommandLine line, Output output) {
    line.addSubcommand(new ZooCommand(output))
        .addSubcommand(new CompileCommand(output))
        .addSubcommand(new RunCommand(output))
        .addSubcommand(new InspectCommand(output))
        .addSubcommand(new DecomposeCommand(output))
        .addSubcommand(new EvaluateCommand(output))
        .addSubcommand(TrainCommand.create(output))
        .addSubcommand(new ConformanceCommand(output))
        .addSubcommand(new BenchCommand(output))
        .addSubcommand(PtxCommand.create(output))
        .addSubcommand(new DoctorCommand(output))
        .addSubcommand(new CacheCommand(output))
        .addSubcommand(new WarmUpCommand());
  }
}
