package dev.tuckerc.lab.peers;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.lab.results.ChildProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The script `peers.py`, run by an interpreter.
///
/// @param python runs it
/// @param script the file
record PeersScript(Path python, Path script) {
  private static final String KIT = "tuckerc.kit";
  private static final String ROOT = "tuckerc.root";

  /// What a run gave.
  ///
  /// @param exit its exit code; empty when it ran past its time and was ended
  /// @param table its standard output
  /// @param lastLine the last line of its standard error
  record Run(Optional<Integer> exit, String table, String lastLine) {}

  /// The script beside the kit or the sources that this process was started from.
  static Path locate() {
    List<Path> candidates = new ArrayList<>();
    addProperty(candidates, KIT, "peers/peers.py");
    addProperty(candidates, ROOT, "benchmarks/peers/peers.py");
    for (Path candidate : candidates) {
      if (Files.isRegularFile(candidate)) {
        return candidate;
      }
    }
    throw new CliException(
        Code.CLI012,
        "peers.py was not found (looked at %s); name it with --script"
            .formatted(candidates.isEmpty() ? "no folder, none is known" : candidates));
  }

  private static void addProperty(List<Path> candidates, String property, String file) {
    String folder = System.getProperty(property);
    if (folder != null) {
      candidates.add(Path.of(folder).resolve(file));
    }
  }

  /// Runs it to its end.
  ///
  /// @param limit it is ended after this time; null for none
  /// @param progress takes each line of its standard error
  Run run(List<String> arguments, @Nullable Duration limit, Consumer<String> progress) {
    List<String> command = new ArrayList<>(List.of(python.toString(), script.toString()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    // No .pyc files: the kit's folder may be read-only.
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    builder.environment().put("PYTHONUNBUFFERED", "1");
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new CliException(
          Code.CLI012, python + " cannot be started: " + e.getMessage() + "; name another", e);
    }
    // A thread for each stream: the common pool may have one worker only, and a stream that nobody
    // reads stops the script.
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      CompletableFuture<String> table =
          CompletableFuture.supplyAsync(() -> text(process.getInputStream()), threads);
      CompletableFuture<String> last =
          CompletableFuture.supplyAsync(() -> lines(process.getErrorStream(), progress), threads);
      boolean done = true;
      if (limit == null) {
        process.waitFor();
      } else {
        done = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
      }
      if (!done) {
        ChildProcess.end(process);
        process.waitFor();
      }
      return new Run(
          done ? Optional.of(process.exitValue()) : Optional.empty(), table.join(), last.join());
    } catch (InterruptedException e) {
      ChildProcess.end(process);
      Thread.currentThread().interrupt();
      throw new CliException(Code.CLI012, "interrupted while " + script + " ran; run it again", e);
    }
  }

  private static String text(InputStream in) {
    try (in) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String lines(InputStream in, Consumer<String> progress) {
    String last = "";
    try (BufferedReader reader =
        new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (!line.isBlank()) {
          progress.accept(line);
          last = line;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return last;
  }
}
