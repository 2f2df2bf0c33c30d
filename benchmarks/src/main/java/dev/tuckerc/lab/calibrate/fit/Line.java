package dev.tuckerc.lab.calibrate.fit;

import dev.tuckerc.lab.results.Samples;
import java.util.ArrayList;
import java.util.List;

/// A straight line through noisy points: how time grows with length.
///
/// @param slope growth for each unit of x
/// @param intercept value at x = 0
public record Line(double slope, double intercept) {

  /// The line of Theil and Sen: its slope is the median of the slopes between all pairs of points,
  /// its intercept the median of what is left. Up to 29 % of the points may be arbitrarily wrong.
  ///
  /// @param xs lengths; at least two must differ
  /// @param ys a time for each
  /// @throws IllegalArgumentException when the points determine no line
  public static Line through(double[] xs, double[] ys) {
    if (xs.length != ys.length) {
      throw new IllegalArgumentException(xs.length + " lengths, but " + ys.length + " times");
    }
    List<Double> slopes = new ArrayList<>();
    for (int i = 0; i < xs.length; i++) {
      if (!Double.isFinite(xs[i]) || !Double.isFinite(ys[i])) {
        throw new IllegalArgumentException("a point is (" + xs[i] + ", " + ys[i] + ")");
      }
      for (int j = 0; j < i; j++) {
        if (xs[i] != xs[j]) {
          slopes.add((ys[i] - ys[j]) / (xs[i] - xs[j]));
        }
      }
    }
    if (slopes.isEmpty()) {
      throw new IllegalArgumentException("a line needs times of two different lengths");
    }
    double slope = new Samples(slopes).median();
    List<Double> rests = new ArrayList<>();
    for (int i = 0; i < xs.length; i++) {
      rests.add(ys[i] - slope * xs[i]);
    }
    return new Line(slope, new Samples(rests).median());
  }
}
