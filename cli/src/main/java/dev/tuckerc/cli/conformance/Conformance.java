package dev.tuckerc.cli.conformance;

import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/// Runs cases in worker processes.
public final class Conformance {
  private Conformance() {}

  /// Runs all cases.
  ///
  /// @param jobs worker processes at a time
  /// @param limit time of one case
  /// @param listener told the index of each finished case, by one thread at a time
  public static void run(
      List<TestCase> cases,
      CaseOptions options,
      int jobs,
      Duration limit,
      BiConsumer<Integer, Outcome> listener)
      throws InterruptedException {
    Map<TestCase, Integer> indices = new IdentityHashMap<>();
    for (int i = 0; i < cases.size(); i++) {
      indices.put(cases.get(i), i);
    }
    int workers = Math.min(jobs, cases.size());
    int processors = Math.max(1, Runtime.getRuntime().availableProcessors() / workers);
    WorkerPool pool = new WorkerPool(() -> Worker.start(options.arguments(), processors), limit);
    pool.run(
        cases,
        workers,
        (test, outcome) -> listener.accept(indices.getOrDefault(test, -1), outcome));
  }
}
