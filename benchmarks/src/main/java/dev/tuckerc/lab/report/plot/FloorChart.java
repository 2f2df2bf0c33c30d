package dev.tuckerc.lab.report.plot;

import dev.tuckerc.lab.report.plot.Svg.Anchor;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/// For each program its physical floors and its times, on one logarithmic axis.
///
/// @param subtitle where the figures come from
public record FloorChart(String title, String subtitle, List<Row> rows) {
  private static final int WIDTH = 860;
  private static final int TOP = 96;
  private static final int ROW = 30;
  private static final int RIGHT = 40;
  private static final int BOTTOM = 52;

  /// A program.
  ///
  /// @param memory every distinct byte once, microseconds
  /// @param arithmetic the multiply-adds at peak rate, microseconds
  /// @param steps the edges between dependent kernels, microseconds
  /// @param predicted by the performance model
  /// @param measured on the device
  /// @param peer strongest peer on the same device
  public record Row(
      String label,
      double memory,
      double arithmetic,
      double steps,
      OptionalDouble predicted,
      OptionalDouble measured,
      OptionalDouble peer) {}

  /// The plot as SVG.
  public String svg() {
    double left = 44 + rows.stream().mapToDouble(row -> Svg.widthOf(row.label())).max().orElse(0);
    double least = Double.POSITIVE_INFINITY;
    double most = 0;
    for (Row row : rows) {
      for (double value : values(row)) {
        least = Math.min(least, value);
        most = Math.max(most, value);
      }
    }
    LogScale scale = LogScale.around(least, most, left, WIDTH - RIGHT);
    double bottom = TOP + rows.size() * ROW;
    Svg svg = new Svg(WIDTH, title);
    svg.text(20, 30, Anchor.START, "title", title);
    svg.text(20, 50, Anchor.START, "muted", subtitle);
    legend(svg);
    for (double tick : scale.ticks()) {
      svg.line(scale.at(tick), TOP - 4, scale.at(tick), bottom, "grid");
      svg.text(scale.at(tick), bottom + 18, Anchor.MIDDLE, "muted", LogScale.label(tick));
    }
    svg.text((left + WIDTH - RIGHT) / 2, bottom + 38, Anchor.MIDDLE, "muted", "microseconds a run");
    for (int i = 0; i < rows.size(); i++) {
      row(svg, rows.get(i), TOP + i * ROW + ROW / 2.0, left, scale);
    }
    return svg.finish(bottom + BOTTOM);
  }

  private static double[] values(Row row) {
    return DoubleStream.concat(
            DoubleStream.of(row.memory(), row.arithmetic(), row.steps()),
            Stream.of(row.predicted(), row.measured(), row.peer())
                .flatMapToDouble(OptionalDouble::stream))
        .toArray();
  }

  private static void row(Svg svg, Row row, double y, double left, LogScale scale) {
    svg.text(left - 12, y + 4.5, Anchor.END, "", row.label());
    double floor = Math.max(row.memory(), Math.max(row.arithmetic(), row.steps()));
    svg.line(left, y, scale.at(floor), y, "axis");
    svg.rectangle(scale.at(row.memory()) - 5, y - 5, 10, 10, "purple");
    svg.diamond(scale.at(row.arithmetic()), y, 6.5, "green");
    svg.rectangle(scale.at(row.steps()) - 2, y - 10, 4, 20, "grey");
    row.peer().ifPresent(time -> svg.diamond(scale.at(time), y, 7, "orange hollow"));
    row.predicted().ifPresent(time -> svg.circle(scale.at(time), y, 6.5, "blue hollow"));
    row.measured().ifPresent(time -> svg.circle(scale.at(time), y, 5, "blue"));
  }

  private void legend(Svg svg) {
    double y = 72;
    double x = 20;
    svg.rectangle(x, y - 5, 10, 10, "purple");
    x = entry(svg, x, "floor: memory");
    svg.diamond(x + 6, y, 6.5, "green");
    x = entry(svg, x, "floor: arithmetic");
    svg.rectangle(x + 4, y - 10, 4, 20, "grey");
    x = entry(svg, x, "floor: steps");
    if (rows.stream().anyMatch(row -> row.predicted().isPresent())) {
      svg.circle(x + 6, y, 6.5, "blue hollow");
      x = entry(svg, x, "predicted");
    }
    if (rows.stream().anyMatch(row -> row.measured().isPresent())) {
      svg.circle(x + 6, y, 5, "blue");
      x = entry(svg, x, "measured");
    }
    if (rows.stream().anyMatch(row -> row.peer().isPresent())) {
      svg.diamond(x + 6, y, 7, "orange hollow");
      entry(svg, x, "strongest peer");
    }
  }

  private static double entry(Svg svg, double x, String text) {
    svg.text(x + 18, 76.5, Anchor.START, "", text);
    return x + 38 + Svg.widthOf(text);
  }
}
