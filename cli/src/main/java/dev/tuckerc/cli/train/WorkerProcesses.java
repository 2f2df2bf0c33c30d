package dev.tuckerc.cli.train;

import dev.tuckerc.training.distributed.GlooWorkers;
import dev.tuckerc.training.distributed.Rendezvous;
import dev.tuckerc.training.distributed.WorkersException;
import dev.tuckerc.training.finetune.Workers;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The processes of a training run: those that torchrun or the like started, or further ones of
/// this machine, started with the same command line.
final class WorkerProcesses implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Workers workers;
  private final List<Process> started;

  private WorkerProcesses(Workers workers, List<Process> started) {
    this.workers = workers;
    this.started = started;
  }

  /// Meets the other processes, after starting them where that is asked for.
  ///
  /// @param count how many there are to be on this machine; what the environment says comes first
  /// @param arguments the command line, for further processes
  /// @throws WorkersException when they do not meet
  static WorkerProcesses join(int count, List<String> arguments) {
    Optional<Rendezvous> given = Rendezvous.of(System.getenv());
    if (given.isPresent()) {
      return new WorkerProcesses(GlooWorkers.join(given.get(), PATIENCE), List.of());
    }
    if (count == 1) {
      return new WorkerProcesses(Workers.ALONE, List.of());
    }
    List<Process> processes = new ArrayList<>();
    try {
      int port = freePort();
      for (int rank = 1; rank < count; rank++) {
        processes.add(start(new Rendezvous("127.0.0.1", port, rank, count), arguments));
      }
      Rendezvous first = new Rendezvous("127.0.0.1", port, 0, count);
      return new WorkerProcesses(GlooWorkers.join(first, PATIENCE), processes);
    } catch (IOException e) {
      processes.forEach(Process::destroy);
      throw new WorkersException("the workers cannot be started (" + e + ")", e);
    } catch (WorkersException e) {
      processes.forEach(Process::destroy);
      throw e;
    }
  }

  private static Process start(Rendezvous rendezvous, List<String> arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.tuckerc.cli.Main"));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(rendezvous.environment());
    Process process = builder.redirectOutput(Redirect.DISCARD).start();
    Thread.ofVirtual().start(() -> forwardErrors(process));
    return process;
  }

  /// Shows what a process has to say, but for the loss of another worker, which all of them meet
  /// and this one reports.
  private static void forwardErrors(Process process) {
    try (BufferedReader errors = process.errorReader()) {
      for (String line = errors.readLine(); line != null; line = errors.readLine()) {
        if (!line.contains(" TRN004: ")) {
          System.err.println(line);
        }
      }
    } catch (IOException e) {
      System.err.println("tuckerc: the messages of a worker are lost (" + e + ")");
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  Workers workers() {
    return workers;
  }

  /// Waits for the processes that were started: they end with this one.
  @Override
  public void close() {
    workers.close();
    for (Process process : started) {
      try {
        if (!process.waitFor(30, java.util.concurrent.TimeUnit.SECONDS)) {
          process.destroy();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        process.destroy();
      }
    }
  }
}
