package dev.tuckerc.tests.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// Commands run as processes of their own, where working folder and environment matter.
final class Processes {
  private static final long MOST_SECONDS = 300;

  private Processes() {}

  /// What a process did.
  ///
  /// @param out standard output; likewise `err`
  record Result(int exit, String out, String err) {}

  /// Runs `tuckerc`.
  ///
  /// @param environment all variables but `PATH`
  static Result tuckerc(Path folder, Map<String, String> environment, List<String> arguments)
      throws IOException, InterruptedException {
    return java(folder, environment, "dev.tuckerc.cli.Main", arguments);
  }

  /// Runs a class of this process's class path.
  ///
  /// @param environment all variables but `PATH`
  static Result java(
      Path folder, Map<String, String> environment, String mainClass, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(mainClass);
    command.addAll(arguments);
    return run(folder, environment, command);
  }

  /// Runs any command.
  static Result run(Path folder, Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile("tuckerc-test", ".out");
    Path err = Files.createTempFile("tuckerc-test", ".err");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      builder.environment().clear();
      builder.environment().put("PATH", System.getenv("PATH"));
      builder.environment().putAll(environment);
      Process process = builder.start();
      if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(command + " takes more than " + MOST_SECONDS + " s");
      }
      return new Result(
          process.exitValue(),
          Files.readString(out, StandardCharsets.UTF_8),
          Files.readString(err, StandardCharsets.UTF_8));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }
}
