package dev.tuckerc.emulator.machine;

import dev.tuckerc.emulator.check.Check;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Launches one after the other, as a stream runs them.
///
/// With [Check#EARLY_START] a launch is put off until the next one is known: if that one may begin
/// early, its first blocks run up to their `griddepcontrol.wait` before the one put off runs at
/// all. Such an early launch can let the next one begin in its turn, if all its blocks execute
/// `griddepcontrol.launch_dependents` before they wait.
public final class LaunchStream {
  private static final int MOST_IN_FLIGHT = 3;

  private final @Nullable ExecutorService pool;
  private final int threads;
  private final BiConsumer<Launch, Counters> completed;
  private final List<Flight> inFlight = new ArrayList<>();
  private Counters lastCounters = new Counters();

  /// A launch not yet complete.
  ///
  /// @param early its blocks under way, or null where none has begun
  private record Flight(Launch launch, AccessWatch watch, @Nullable EarlyGrid early) {}

  /// @param threads worker threads, the caller included
  /// @param completed told of every launch that has ended
  public LaunchStream(
      @Nullable ExecutorService pool, int threads, BiConsumer<Launch, Counters> completed) {
    this.pool = pool;
    this.threads = threads;
    this.completed = completed;
  }

  /// Runs a launch, or puts it off until [#finish] or the next one.
  ///
  /// @param programmatic whether the host lets it begin before the launch before it has ended
  public void submit(Launch launch, boolean programmatic) {
    if (!launch.checks.contains(Check.EARLY_START)) {
      try {
        ended(launch, run(launch));
      } finally {
        launch.end();
      }
      return;
    }
    // What is wrong with the launch itself is said at once.
    GridRunner.checkGrid(launch);
    AccessWatch watch = new AccessWatch(launch.function.name);
    launch.watch = watch;
    try {
      if (programmatic && !inFlight.isEmpty()) {
        begin(launch, watch);
      } else {
        completeAllBut(0);
        inFlight.add(new Flight(launch, watch, null));
      }
    } catch (RuntimeException | Error failed) {
      forget();
      throw failed;
    }
  }

  private void begin(Launch launch, AccessWatch watch) {
    EarlyGrid before = inFlight.getLast().early;
    if (inFlight.size() == MOST_IN_FLIGHT || (before != null && !before.triggered())) {
      completeAllBut(1);
    }
    for (Flight flight : inFlight) {
      flight.watch.add(watch, true);
      watch.add(flight.watch, false);
    }
    Dependency dependency = new Dependency();
    launch.dependency = dependency;
    EarlyGrid grid = new EarlyGrid(launch, dependency, watch);
    inFlight.add(new Flight(launch, watch, grid));
    grid.begin();
  }

  /// Completes every launch.
  public void finish() {
    try {
      completeAllBut(0);
    } catch (RuntimeException | Error failed) {
      forget();
      throw failed;
    }
  }

  private void completeAllBut(int last) {
    while (inFlight.size() > last) {
      Flight flight = inFlight.getFirst();
      EarlyGrid early = flight.early;
      ended(flight.launch, early == null ? run(flight.launch) : early.finish());
      flight.launch.end();
      inFlight.removeFirst();
      for (Flight other : inFlight) {
        other.watch.remove(flight.watch);
      }
    }
  }

  private void forget() {
    inFlight.forEach(flight -> flight.launch.end());
    inFlight.clear();
  }

  private void ended(Launch launch, Counters counters) {
    lastCounters = counters;
    completed.accept(launch, counters);
  }

  private Counters run(Launch launch) {
    return launch.checks.contains(Check.ORDER)
        ? OrderComparison.run(launch)
        : new GridRunner(launch).run(pool, threads);
  }

  /// What the launch completed last did.
  public Counters lastCounters() {
    return lastCounters;
  }
}
