package dev.tuckerc.cli;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Command;

/// Loads the classes that every command needs; the launcher runs it once to make the JVM's
/// ahead-of-time cache.
@Command(
    name = "warm-up",
    hidden = true,
    description = "Prepares a fast start; used by the launcher.")
final class WarmUpCommand implements Runnable {
  @Override
  public void run() {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    for (String command :
        new String[] {"--help", "--version", "compile --help", "run --help", "cache --json"}) {
      int exit = Main.run(command.split(" "), nowhere, nowhere);
      if (exit != 0) {
        throw new IllegalStateException("'" + command + "' ended with " + exit);
      }
    }
  }
}
