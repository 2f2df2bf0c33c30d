package dev.tuckerc.cli.conformance;

import dev.tuckerc.cli.conformance.Outcome.Status;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Hands cases to worker processes, one at a time to each. A worker that dies or takes too long is
/// replaced, and its case fails; a case can therefore neither crash nor hang the run.
final class WorkerPool {
  private final Supplier<Worker> workers;
  private final Duration limit;

  /// @param workers starts a worker process
  /// @param limit time for one case
  WorkerPool(Supplier<Worker> workers, Duration limit) {
    this.workers = workers;
    this.limit = limit;
  }

  /// Runs all cases.
  ///
  /// @param jobs number of workers at a time
  /// @param listener called for each finished case, by one thread at a time, in any order
  void run(List<TestCase> cases, int jobs, BiConsumer<TestCase, Outcome> listener)
      throws InterruptedException {
    Queue<TestCase> queue = new ArrayDeque<>(cases);
    List<Thread> threads = new ArrayList<>();
    List<Throwable> failures = new ArrayList<>();
    for (int i = 0; i < Math.min(jobs, cases.size()); i++) {
      threads.add(
          Thread.ofPlatform()
              .name("conformance-" + i)
              .start(() -> {
                try {
                  serve(queue, listener);
                } catch (RuntimeException | Error e) {
                  synchronized (failures) {
                    failures.add(e);
                  }
                }
              }));
    }
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      threads.forEach(Thread::interrupt);
      throw e;
    }
    if (!failures.isEmpty()) {
      throw new IllegalStateException("the conformance run broke off", failures.getFirst());
    }
  }

  private void serve(Queue<TestCase> queue, BiConsumer<TestCase, Outcome> listener) {
    Worker worker = null;
    try {
      for (TestCase next = poll(queue); next != null; next = poll(queue)) {
        if (worker == null) {
          worker = workers.get();
        }
        long start = System.nanoTime();
        Outcome outcome;
        try {
          outcome = worker.run(next.folder(), limit);
        } catch (Worker.DiedException e) {
          outcome =
              new Outcome(
                  Status.FAIL, String.valueOf(e.getMessage()), (System.nanoTime() - start) / 1e9);
          worker.close();
          worker = null;
        }
        synchronized (queue) {
          listener.accept(next, outcome);
        }
      }
    } finally {
      if (worker != null) {
        worker.close();
      }
    }
  }

  private static @Nullable TestCase poll(Queue<TestCase> queue) {
    synchronized (queue) {
      return queue.poll();
    }
  }
}
