package dev.tuckerc.lab.report.plot;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A logarithmic axis from values to pixels.
///
/// @param low at `from`, above 0
/// @param high at `to`, above `low`
record LogScale(double low, double high, double from, double to) {
  private static final double[] STEPS = {1, 2, 5};
  private static final double SLACK = 1e-9;

  /// An axis that begins and ends at one of 1, 2, 5 times a power of ten around all values.
  static LogScale around(double least, double most, double from, double to) {
    if (!(least > 0) || !(most >= least) || Double.isInfinite(most)) {
      throw new IllegalArgumentException("from " + least + " to " + most);
    }
    double low = step(least * (1 + SLACK), false);
    double high = step(most * (1 - SLACK), true);
    return new LogScale(low, high > low ? high : step(low * 1.01, true), from, to);
  }

  /// Where a value lies.
  double at(double value) {
    return from + (to - from) * Math.log(value / low) / Math.log(high / low);
  }

  /// Values to be labelled: 1, 2 and 5 times powers of ten, or powers of ten alone where these
  /// would be too many.
  List<Double> ticks() {
    boolean many = high / low > 5000;
    List<Double> ticks = new ArrayList<>();
    for (int exponent = (int) Math.floor(Math.log10(low)); ; exponent++) {
      for (double step : STEPS) {
        double value = step * Math.pow(10, exponent);
        if (value > high * (1 + SLACK)) {
          return ticks;
        }
        if (value >= low * (1 - SLACK) && (step == 1 || !many)) {
          ticks.add(value);
        }
      }
    }
  }

  /// A tick's label.
  static String label(double value) {
    return value >= 1 ? String.format(Locale.ROOT, "%,.0f", value) : Svg.number(value);
  }

  /// The nearest of 1, 2, 5 times a power of ten, not above or not below.
  private static double step(double value, boolean up) {
    int exponent = (int) Math.floor(Math.log10(value));
    double best = Double.NaN;
    for (int e = exponent - 1; e <= exponent + 1; e++) {
      for (double step : STEPS) {
        double candidate = step * Math.pow(10, e);
        if (up && candidate >= value * (1 - SLACK)) {
          return candidate;
        }
        if (!up && candidate <= value * (1 + SLACK)) {
          best = candidate;
        }
      }
    }
    return best;
  }
}
