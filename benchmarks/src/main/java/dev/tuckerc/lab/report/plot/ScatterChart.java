package dev.tuckerc.lab.report.plot;

import dev.tuckerc.lab.report.plot.Svg.Anchor;
import java.util.ArrayList;
import java.util.List;

/// Predicted against measured times, both axes logarithmic, with the diagonal and a band of a
/// factor of two.
///
/// @param subtitle where the figures come from
/// @param groups drawn in their order, each in a colour of its own; at most four
public record ScatterChart(String title, String subtitle, List<Group> groups) {
  private static final int WIDTH = 660;
  private static final int LEFT = 84;
  private static final int TOP = 118;
  private static final int SIZE = 500;
  private static final List<String> COLOURS = List.of("blue", "orange", "green", "purple");

  /// Points of one kind.
  public record Group(String name, List<Point> points) {}

  /// A pair of times in microseconds, above 0.
  public record Point(double measured, double predicted) {}

  /// The plot as SVG.
  public String svg() {
    double least = Double.POSITIVE_INFINITY;
    double most = 0;
    for (Group group : groups) {
      for (Point point : group.points()) {
        least = Math.min(least, Math.min(point.measured(), point.predicted()));
        most = Math.max(most, Math.max(point.measured(), point.predicted()));
      }
    }
    LogScale x = LogScale.around(least, most, LEFT, LEFT + SIZE);
    LogScale y = new LogScale(x.low(), x.high(), TOP + SIZE, TOP);
    Svg svg = new Svg(WIDTH, title);
    svg.text(20, 30, Anchor.START, "title", title);
    svg.text(20, 50, Anchor.START, "muted", subtitle);
    legend(svg);
    for (double tick : x.ticks()) {
      svg.line(x.at(tick), TOP, x.at(tick), TOP + SIZE, "grid");
      svg.line(LEFT, y.at(tick), LEFT + SIZE, y.at(tick), "grid");
      svg.text(x.at(tick), TOP + SIZE + 18, Anchor.MIDDLE, "muted", LogScale.label(tick));
      svg.text(LEFT - 8, y.at(tick) + 4, Anchor.END, "muted", LogScale.label(tick));
    }
    svg.line(x.at(x.low()), y.at(x.low()), x.at(x.high()), y.at(x.high()), "axis");
    svg.line(x.at(x.low() * 2), y.at(x.low()), x.at(x.high()), y.at(x.high() / 2), "grid");
    svg.line(x.at(x.low()), y.at(x.low() * 2), x.at(x.high() / 2), y.at(x.high()), "grid");
    svg.text(LEFT + SIZE + 6, y.at(x.high() / 2) + 4, Anchor.START, "muted", "half");
    svg.text(LEFT + SIZE + 6, y.at(x.high()) + 4, Anchor.START, "muted", "equal");
    svg.text(x.at(x.high() / 2), TOP - 8, Anchor.MIDDLE, "muted", "twice");
    for (int i = 0; i < groups.size(); i++) {
      for (Point point : groups.get(i).points()) {
        svg.circle(x.at(point.measured()), y.at(point.predicted()), 4, COLOURS.get(i) + " point");
      }
    }
    svg.text(LEFT + SIZE / 2.0, TOP + SIZE + 40, Anchor.MIDDLE, "muted", "measured, microseconds");
    svg.text(20, TOP - 14, Anchor.START, "muted", "predicted, microseconds");
    return svg.finish(TOP + SIZE + 56);
  }

  private void legend(Svg svg) {
    List<String> names = new ArrayList<>();
    groups.forEach(group -> names.add(group.name() + " (" + group.points().size() + ")"));
    double left = 20;
    for (int i = 0; i < names.size(); i++) {
      svg.circle(left + 6, 72, 5, COLOURS.get(i));
      svg.text(left + 18, 76.5, Anchor.START, "", names.get(i));
      left += 40 + Svg.widthOf(names.get(i));
    }
  }
}
