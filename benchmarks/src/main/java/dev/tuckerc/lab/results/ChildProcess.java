package dev.tuckerc.lab.results;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Other programs of the machine.
public final class ChildProcess {
  private ChildProcess() {}

  /// What a program did.
  ///
  /// @param exit its exit code
  /// @param out what it printed, standard error after standard output
  public record Result(int exit, String out) {}

  /// A program on the `PATH`, or else in one of the folders.
  public static Optional<Path> find(String name, Path... folders) {
    Stream<Path> onPath =
        Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":"))
            .filter(folder -> !folder.isEmpty())
            .flatMap(ChildProcess::path);
    return Stream.concat(onPath, Arrays.stream(folders))
        .map(folder -> folder.resolve(name))
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst();
  }

  /// Runs a program to its end and returns what it printed.
  ///
  /// @return empty when it cannot be started, or runs past the limit and is ended
  public static Optional<Result> capture(Path program, List<String> arguments, Duration limit) {
    List<String> command = new ArrayList<>();
    command.add(program.toString());
    command.addAll(arguments);
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .redirectInput(ProcessBuilder.Redirect.from(NULL.toFile()))
              .start();
    } catch (IOException e) {
      return Optional.empty();
    }
    // A thread for each stream: the common pool has one worker on two processors, and a program
    // whose stream nobody reads stops.
    CompletableFuture<String> out =
        CompletableFuture.supplyAsync(
            () -> text(process.getInputStream()), Thread::startVirtualThread);
    CompletableFuture<String> err =
        CompletableFuture.supplyAsync(
            () -> text(process.getErrorStream()), Thread::startVirtualThread);
    try {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        end(process);
        return Optional.empty();
      }
      return Optional.of(new Result(process.exitValue(), out.join() + err.join()));
    } catch (InterruptedException e) {
      end(process);
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /// Ends a process and those that it started.
  public static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private static final Path NULL = Path.of("/dev/null");

  private static Stream<Path> path(String name) {
    try {
      return Stream.of(Path.of(name));
    } catch (InvalidPathException e) {
      return Stream.empty();
    }
  }

  private static String text(InputStream in) {
    try (in) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }
}
