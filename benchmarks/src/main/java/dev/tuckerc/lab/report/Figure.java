package dev.tuckerc.lab.report;

import java.util.Locale;
import java.util.OptionalDouble;

/// A time, or a ratio of times, and whether it was measured.
///
/// @param value microseconds, or a ratio
/// @param p99 the 99th percentile beside a median, in microseconds
/// @param measured false for a prediction of the performance model
record Figure(double value, OptionalDouble p99, boolean measured) {

  static Figure measured(double p50, double p99) {
    return new Figure(p50, OptionalDouble.of(p99), true);
  }

  static Figure predicted(double microseconds) {
    return new Figure(microseconds, OptionalDouble.empty(), false);
  }

  /// How many times as fast as another.
  Figure ratioTo(Figure slower) {
    return new Figure(
        slower.value() / value, OptionalDouble.empty(), measured && slower.measured());
  }

  /// Whether a ratio of the two says something: both measured, or both predicted.
  boolean isComparableWith(Figure other) {
    return measured == other.measured();
  }

  /// A time as a cell of a table.
  String time() {
    String tail = p99.isPresent() ? format(" (p99 %.1f)", p99.getAsDouble()) : "";
    return format("%.1f µs", value) + tail + mark();
  }

  /// A ratio as a cell of a table.
  String ratio() {
    return format("%.2fx", value) + mark();
  }

  private String mark() {
    return measured ? "" : " *predicted*";
  }

  static String format(String pattern, double value) {
    return String.format(Locale.ROOT, pattern, value);
  }
}
