package dev.tuckerc.tests.cli;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.tuckerc.tests.CommandRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Runs many commands in one process of its own, whose working folder and environment they share.
final class CommandsInFolder {
  private CommandsInFolder() {}

  /// Runs commands one after the other.
  ///
  /// @param environment all variables but `PATH`
  /// @param commands each one of words separated by single blanks, without `tuckerc`
  /// @return what each of them did
  static List<CommandRun> run(Path folder, Map<String, String> environment, List<String> commands)
      throws IOException, InterruptedException {
    Processes.Result result =
        Processes.java(folder, environment, CommandsInFolder.class.getName(), commands);
    if (result.exit() != 0) {
      throw new AssertionError(result.err());
    }
    List<CommandRun> runs =
        new ObjectMapper().readValue(result.out(), new TypeReference<List<CommandRun>>() {});
    if (runs.size() != commands.size()) {
      throw new AssertionError(runs.size() + " of " + commands.size() + " commands ran");
    }
    return runs;
  }

  /// The process: runs each argument as a command and prints what they did as a JSON array.
  public static void main(String[] commands) throws IOException {
    List<CommandRun> runs = new ArrayList<>();
    for (String command : commands) {
      runs.add(CommandRun.of(Path.of(""), command));
    }
    System.out.println(new ObjectMapper().writeValueAsString(runs));
  }
}
