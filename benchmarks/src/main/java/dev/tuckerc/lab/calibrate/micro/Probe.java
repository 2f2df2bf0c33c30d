package dev.tuckerc.lab.calibrate.micro;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.lab.calibrate.fit.Slopes;
import dev.tuckerc.lab.results.Samples;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.DoubleStream;

/// Takes the samples of one microbenchmark and keeps what it found. A measurement that gives no
/// figure is kept with its reason, and the others go on.
public final class Probe {
  /// A rehearsal goes every way through the code, and needs no time for it.
  private static final double SHORTER = 8;

  private static final int LESS = 256;

  /// Empty for a rehearsal.
  private final Optional<Sampler> sampler;

  private final List<Reading> readings = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();

  public Probe(Sampler sampler) {
    this(Optional.of(sampler));
  }

  private Probe(Optional<Sampler> sampler) {
    this.sampler = sampler;
  }

  /// A probe for devices whose times mean nothing: every measurement runs once, briefly, and its
  /// times are thrown away. The readings it gives say which figures there would be; their values
  /// are placeholders.
  public static Probe rehearsal() {
    return new Probe(Optional.empty());
  }

  /// How often or how long to do something whose amount does not matter to the result.
  public int effort(int full) {
    return sampler.isEmpty() ? Math.ceilDiv(full, LESS) : full;
  }

  /// Growth of a time with length.
  ///
  /// @param label for the reason where there is no slope
  /// @param once the time for a length
  public Optional<Samples> slope(String label, double[] lengths, DoubleUnaryOperator once) {
    return series(label, lengths, once).flatMap(s -> fitted(label, s::slopes));
  }

  /// Repeated series of a time over lengths.
  public Optional<Slopes> series(String label, double[] lengths, DoubleUnaryOperator once) {
    if (sampler.isEmpty()) {
      for (double length : DoubleStream.of(lengths).limit(2).toArray()) {
        double _ = once.applyAsDouble(Math.ceil(length / SHORTER));
      }
      List<Double> line = List.of(1.0, 2.0);
      return Optional.of(new Slopes(line, List.of(line)));
    }
    return fitted(label, () -> sampler.get().slopes(lengths, once));
  }

  /// Repeated measurements of one quantity.
  public Optional<Samples> samples(String label, DoubleSupplier once) {
    if (sampler.isEmpty()) {
      double _ = once.getAsDouble();
      return Optional.of(Samples.of(1));
    }
    return fitted(label, () -> sampler.get().samples(once));
  }

  /// A computation that may find its samples insufficient.
  public interface Fit<T> {
    /// @throws IllegalArgumentException if they are insufficient
    T get();
  }

  /// What a fit finds, or nothing with its reason kept.
  public <T> Optional<T> fitted(String label, Fit<T> fit) {
    try {
      return Optional.of(fit.get());
    } catch (IllegalArgumentException e) {
      failures.add(label + ": " + e.getMessage());
      return Optional.empty();
    }
  }

  /// Records a figure of the device file.
  ///
  /// @param samples in the figure's unit
  public void figure(Figure figure, String label, Samples samples) {
    readings.add(new Reading(label, figure.unit(), Optional.of(figure), samples));
  }

  /// All quantities, in order.
  public List<Reading> readings() {
    return List.copyOf(readings);
  }

  /// Measurements that gave no figure, and why.
  public List<String> failures() {
    return List.copyOf(failures);
  }
}
