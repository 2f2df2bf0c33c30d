package dev.tuckerc.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/// Does what commands do most: compiles a small network, with ranks and without, once with what the
/// cache knows, and runs it. The launcher calls it once to make the JVM's ahead-of-time cache,
/// which keeps the classes loaded here and the profiles by which the JIT compiler works at once on
/// what is hot.
@Command(
    name = "warm-up",
    hidden = true,
    description = "Prepares a fast start; used by the launcher.")
final class WarmUpCommand implements Runnable {
  @Override
  public void run() {
    try {
      Path folder = Files.createTempDirectory("tuckerc-warm-up");
      try {
        commands(folder).forEach(WarmUpCommand::run);
      } finally {
        remove(folder);
      }
    } catch (IOException e) {
      throw new IllegalStateException("no folder for temporary files: " + e, e);
    }
  }

  private static List<List<String>> commands(Path folder) {
    String model = folder.resolve("model.onnx").toString();
    String bundle = folder.resolve("model.bundle").toString();
    List<String> dense = List.of("compile", model, "-o", bundle, "--precision", "fp16");
    List<String> tucker = new ArrayList<>(dense);
    tucker.addAll(List.of("--ranks", "fixed=0.5", "--target", "h200"));
    return List.of(
        List.of("--help"),
        List.of("--version"),
        List.of("cache", "--json"),
        List.of("zoo", "resnet20", "-o", model),
        tucker,
        tucker,
        dense,
        List.of("inspect", bundle),
        List.of("run", bundle, "--device", "emulator", "--input", "input=random:1"));
  }

  private static void run(List<String> command) {
    ByteArrayOutputStream errors = new ByteArrayOutputStream();
    int exit =
        Main.run(
            command.toArray(String[]::new),
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
            new PrintStream(errors, true, StandardCharsets.UTF_8));
    if (exit != 0) {
      throw new IllegalStateException(
          command + " ended with " + exit + ": " + errors.toString(StandardCharsets.UTF_8));
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
