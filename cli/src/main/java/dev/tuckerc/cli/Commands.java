package dev.tuckerc.cli;

import dev.tuckerc.cli.console.Output;
import picocli.CommandLine;

/// The list of commands.
final class Commands {
  private Commands() {}

  /// Adds all commands.
  ///
  /// @param args the whole command line, recorded in bundles
  static void addTo(CommandLine line, Output output, String[] args) {
    line.addSubcommand(new DoctorCommand(output))
        .addSubcommand(new CacheCommand(output))
        .addSubcommand(new WarmUpCommand());
  }
}
