package dev.tuckerc.lab.calibrate.fit;

import dev.tuckerc.lab.results.Samples;
import java.util.ArrayList;
import java.util.List;

/// Repeated series of times, each over the same lengths. Every series gives one slope, so what
/// moves slowly from series to series (a clock, a temperature) shows as spread and does not bend
/// the line.
///
/// @param xs lengths
/// @param series for each repetition a time for each length
public record Slopes(List<Double> xs, List<List<Double>> series) {
  public Slopes {
    xs = List.copyOf(xs);
    series = series.stream().map(List::copyOf).toList();
  }

  /// The slopes, one of each series.
  ///
  /// @throws IllegalArgumentException when there is no series, a series determines no line, or time
  ///   does not grow with length
  public Samples slopes() {
    return lines(Line::slope, true);
  }

  /// What the lines say of length zero, one of each series.
  public Samples intercepts() {
    return lines(Line::intercept, false);
  }

  private Samples lines(java.util.function.ToDoubleFunction<Line> what, boolean positive) {
    double[] lengths = array(xs);
    List<Double> values = new ArrayList<>();
    for (List<Double> times : series) {
      values.add(what.applyAsDouble(Line.through(lengths, array(times))));
    }
    Samples samples = new Samples(values);
    if (positive && samples.median() <= 0) {
      throw new IllegalArgumentException(
          "the time does not grow with the length (median slope " + samples.median() + ")");
    }
    return samples;
  }

  private static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }
}
