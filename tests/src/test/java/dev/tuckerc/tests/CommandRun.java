package dev.tuckerc.tests;

import dev.tuckerc.cli.Main;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/// One command run in this process.
///
/// @param exit its exit code
/// @param out what it wrote to standard output
/// @param err what it wrote to standard error
public record CommandRun(int exit, String out, String err) {

  /// Runs a command.
  ///
  /// @param command words separated by single blanks; `{name}` is a file of the folder
  public static CommandRun of(Path folder, String command) {
    String[] words =
        Arrays.stream(command.split(" "))
            .map(word -> word.replaceAll("\\{([^}]*)}", folder.toString() + "/$1"))
            .toArray(String[]::new);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exit =
        Main.run(
            words,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    return new CommandRun(
        exit, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
