package dev.tuckerc.cli.plot;

import java.util.List;

/// One line, or one set of dots, of a chart.
///
/// @param name for the legend
/// @param points in the order in which they are joined
/// @param style how they are drawn
record Series(String name, List<Point> points, Style style) {
  Series {
    points = List.copyOf(points);
  }

  /// A place in a chart.
  record Point(double x, double y) {}

  /// How points are drawn.
  enum Style {
    /// Joined by straight lines.
    LINE,
    /// Each value holds until the next one.
    STEPS,
    /// Not joined.
    DOTS
  }
}
