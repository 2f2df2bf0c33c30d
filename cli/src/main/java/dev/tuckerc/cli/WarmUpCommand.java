package dev.tuckerc.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/// Runs what every command needs, and the compiler from end to end; the launcher runs it once to
/// make the JVM's ahead-of-time cache, which then holds these classes and what was counted of their
/// methods.
@Command(
    name = "warm-up",
    hidden = true,
    description = "Prepares a fast start; used by the launcher.")
final class WarmUpCommand implements Runnable {
  private static final PrintStream NOWHERE =
      new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);

  @Override
  public void run() {
    for (String command :
        List.of("--help", "--version", "compile --help", "run --help", "cache --json")) {
      int exit = Main.run(command.split(" "), NOWHERE, NOWHERE);
      if (exit != 0) {
        throw new IllegalStateException("'" + command + "' ended with " + exit);
      }
    }
    try {
      Path folder = Files.createTempDirectory("tuckerc-warm-up");
      try {
        compile(folder);
      } finally {
        remove(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("a folder for temporary files is needed", e);
    }
  }

  /// Compiles a small network. Where that cannot be done, as without room for the native libraries,
  /// the commands that need it will say so, and start slower.
  private static void compile(Path folder) {
    String model = folder.resolve("resnet20.onnx").toString();
    String bundle = folder.resolve("resnet20.bundle").toString();
    for (List<String> command :
        List.of(
            List.of("zoo", "resnet20", "-o", model),
            List.of(
                "compile", model, "-o", bundle, "--precision", "fp16", "--ranks", "fixed=0.5"))) {
      Main.run(command.toArray(String[]::new), NOWHERE, NOWHERE);
    }
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
