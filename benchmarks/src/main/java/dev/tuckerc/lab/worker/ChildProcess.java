package dev.tuckerc.lab.worker;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// A child process that answers lines with lines. It ends with this one, with all that it started.
final class ChildProcess implements AutoCloseable {
  /// Start of a line that is an answer; whatever else a native library prints is passed over.
  static final String MARK = "tuckerc-answer\t";

  private static final int KEPT_LINES = 5;

  private final Process process;
  private final BufferedWriter requests;
  private final BlockingQueue<Optional<String>> answers = new LinkedBlockingQueue<>();
  private final Deque<String> lastErrors = new ArrayDeque<>();
  private final Thread hook = new Thread(this::end, "end-child");

  /// @param errors gets each line of its standard error
  /// @throws CliException when it cannot be started
  ChildProcess(List<String> command, Consumer<String> errors) {
    try {
      process = new ProcessBuilder(command).start();
    } catch (IOException e) {
      throw new CliException(
          Code.CLI012, command.getFirst() + ": cannot be started (" + e.getMessage() + ")", e);
    }
    Runtime.getRuntime().addShutdownHook(hook);
    requests = process.outputWriter(StandardCharsets.UTF_8);
    reader(
        process.getInputStream(),
        line -> {
          if (line.startsWith(MARK)) {
            answers.add(Optional.of(line.substring(MARK.length())));
          }
        },
        () -> answers.add(Optional.empty()));
    reader(
        process.getErrorStream(),
        line -> {
          synchronized (lastErrors) {
            lastErrors.add(line);
            if (lastErrors.size() > KEPT_LINES) {
              lastErrors.removeFirst();
            }
          }
          errors.accept(line);
        },
        () -> {});
  }

  /// The command line of a class in a Java virtual machine like this one.
  static List<String> java(Class<?> main, List<String> arguments) {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (!option.startsWith("-javaagent") && !option.startsWith("-agent")) {
        line.add(option);
      }
    }
    line.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    line.addAll(arguments);
    return line;
  }

  /// Sends a line; what the process makes of it, [#receive] tells.
  void send(String line) {
    try {
      requests.write(line);
      requests.newLine();
      requests.flush();
    } catch (IOException e) {
      // It has ended, and that is the next answer.
    }
  }

  /// An answer that may be waited for no longer.
  static final class TooLateException extends Exception {
    private static final long serialVersionUID = 1L;
  }

  /// The next answer; empty when the process has ended.
  ///
  /// @throws TooLateException when there is none within the time
  Optional<String> receive(Duration limit) throws TooLateException {
    try {
      Optional<String> answer = answers.poll(limit.toMillis(), TimeUnit.MILLISECONDS);
      if (answer == null) {
        throw new TooLateException();
      }
      return answer;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException(Code.CLI012, "interrupted while waiting for a worker process", e);
    }
  }

  /// How it ended, with the last lines of its standard error.
  String death() {
    String code = "unknown";
    try {
      if (process.waitFor(5, TimeUnit.SECONDS)) {
        code = String.valueOf(process.exitValue());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (lastErrors) {
      return "its process ended with exit code " + code + ": " + String.join(" | ", lastErrors);
    }
  }

  private static void reader(InputStream in, Consumer<String> lines, Runnable atEnd) {
    Thread.ofPlatform()
        .daemon()
        .name("child-output")
        .start(() -> {
          try (BufferedReader reader =
              new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            reader.lines().forEach(lines);
          } catch (IOException | UncheckedIOException e) {
            // A process that is ended closes its streams.
          }
          atEnd.run();
        });
  }

  private void end() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  @Override
  public void close() {
    end();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // This process is ending, and the hook does its work.
    }
  }
}
