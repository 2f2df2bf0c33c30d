package dev.tuckerc.cost;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// Predicted time of one kernel in a chain of dependent kernels, in microseconds, by cause.
///
/// @param edge from the end of the predecessor to the start of this kernel
/// @param firstLoad from the start to the first data
/// @param phases what the busiest multiprocessor does, in order, all its blocks together
/// @param deviceMemory what device memory takes beyond the phases
/// @param store last results to memory
/// @param blocks thread blocks launched
/// @param waves how many times the device is filled with blocks
public record Estimate(
    double edge,
    double firstLoad,
    List<PhaseTime> phases,
    double deviceMemory,
    double store,
    long blocks,
    double waves) {

  /// Predicted time of one phase.
  ///
  /// @param name of the phase
  /// @param microseconds its share
  /// @param bound what it waits for
  public record PhaseTime(String name, double microseconds, Bound bound) {}

  /// What time is spent on.
  public enum Bound {
    /// Waiting: edges, barriers, dependent steps.
    LATENCY,
    /// Moving data from and to global memory.
    MEMORY,
    /// Moving data between shared memory and registers.
    SHARED,
    /// Arithmetic.
    COMPUTE;

    /// Name in texts and files.
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public Estimate {
    phases = List.copyOf(phases);
  }

  /// Predicted time in microseconds.
  public double microseconds() {
    return edge + firstLoad + work() + deviceMemory + store;
  }

  /// The phases together.
  public double work() {
    return sum(phases);
  }

  /// Some phases together; asked for each candidate of each kernel, so without a stream.
  static double sum(List<PhaseTime> phases) {
    double sum = 0;
    for (PhaseTime phase : phases) {
      sum += phase.microseconds();
    }
    return sum;
  }

  /// What takes most of the time.
  public Bound bound() {
    Map<Bound, Double> times = new EnumMap<>(Bound.class);
    times.put(Bound.LATENCY, edge + firstLoad + store);
    times.merge(Bound.MEMORY, deviceMemory, Double::sum);
    phases.forEach(phase -> times.merge(phase.bound(), phase.microseconds(), Double::sum));
    return times.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
  }

  /// The times by name, in order: what two estimates can be compared by.
  public List<PhaseTime> named() {
    List<PhaseTime> all = new ArrayList<>();
    all.add(new PhaseTime("edge", edge, Bound.LATENCY));
    all.add(new PhaseTime("first load", firstLoad, Bound.LATENCY));
    all.addAll(phases);
    if (deviceMemory > 0) {
      all.add(new PhaseTime("device memory", deviceMemory, Bound.MEMORY));
    }
    all.add(new PhaseTime("store latency", store, Bound.LATENCY));
    return all;
  }

  @Override
  public String toString() {
    String parts =
        named().stream()
            .map(part -> String.format(Locale.ROOT, "%s %.2f", part.name(), part.microseconds()))
            .collect(Collectors.joining(", "));
    return String.format(
        Locale.ROOT,
        "%.2f us (%s bound: %s; %d blocks, %.2f waves)",
        microseconds(),
        bound().text(),
        parts,
        blocks,
        waves);
  }
}
