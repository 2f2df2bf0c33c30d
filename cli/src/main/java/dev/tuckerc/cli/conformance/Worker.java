package dev.tuckerc.cli.conformance;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.lang.management.ManagementFactory;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A child process that runs cases: a folder's path goes in as a line, an [Outcome] comes out as a
/// line that begins with [#MARK].
final class Worker implements AutoCloseable {
  /// Start of a line that is an answer; whatever else a native library prints is ignored.
  static final String MARK = "tuckerc-outcome\t";

  private static final String END = "";
  private static final int KEPT_LINES = 5;

  private final Process process;
  private final BufferedWriter requests;
  private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
  private final List<String> lastErrors = new ArrayList<>();

  /// A worker ended, or was ended for taking too long.
  static final class DiedException extends Exception {
    private static final long serialVersionUID = 1L;

    DiedException(String message) {
      super(message);
    }
  }

  private Worker(Process process) {
    this.process = process;
    this.requests =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    Thread.ofPlatform().daemon().name("worker-out").start(this::readAnswers);
    Thread.ofPlatform().daemon().name("worker-err").start(this::readErrors);
  }

  /// Starts a process with this one's Java, class path and flags.
  ///
  /// @param processors number of processors the worker may use
  static Worker start(List<String> arguments, int processors) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String flag : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (!flag.startsWith("-agent")
          && !flag.startsWith("-javaagent")
          && !flag.startsWith("-Xmx")) {
        command.add(flag);
      }
    }
    command.add("-XX:ActiveProcessorCount=" + processors);
    command.add("-Xmx" + heapMegabytes(processors) + "m");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(WorkerMain.class.getName());
    command.addAll(arguments);
    try {
      return new Worker(new ProcessBuilder(command).start());
    } catch (IOException e) {
      throw new IllegalStateException("cannot start a worker: " + e.getMessage(), e);
    }
  }

  /// This process's own cap, shared by the workers.
  private static long heapMegabytes(int processors) {
    int all = Runtime.getRuntime().availableProcessors();
    long share = Runtime.getRuntime().maxMemory() / 1_000_000 * processors / Math.max(1, all);
    return Math.max(1024, share);
  }

  /// Runs one case.
  ///
  /// @throws DiedException when the worker crashed or the time was up; the worker is of no use then
  Outcome run(Path folder, Duration limit) throws DiedException {
    try {
      requests.write(URLEncoder.encode(folder.toString(), StandardCharsets.UTF_8));
      requests.newLine();
      requests.flush();
    } catch (IOException e) {
      throw died();
    }
    try {
      String answer = answers.poll(limit.toMillis(), TimeUnit.MILLISECONDS);
      if (answer == null) {
        throw new DiedException("exceeded the time limit of " + limit.toSeconds() + " s");
      }
      if (answer.equals(END)) {
        throw died();
      }
      return Outcome.decode(answer);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new DiedException("interrupted");
    }
  }

  private DiedException died() {
    String code;
    try {
      code = process.waitFor(5, TimeUnit.SECONDS) ? String.valueOf(process.exitValue()) : "unknown";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      code = "unknown";
    }
    synchronized (lastErrors) {
      return new DiedException(
          "crashed the worker process (exit code " + code + ") " + String.join(" | ", lastErrors));
    }
  }

  private void readAnswers() {
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        if (line.startsWith(MARK)) {
          answers.add(line.substring(MARK.length()));
        }
      }
    } catch (IOException e) {
      // The process is gone: reported as such below.
    }
    answers.add(END);
  }

  private void readErrors() {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        synchronized (lastErrors) {
          lastErrors.add(line);
          if (lastErrors.size() > KEPT_LINES) {
            lastErrors.removeFirst();
          }
        }
      }
    } catch (IOException e) {
      // The process is gone.
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
