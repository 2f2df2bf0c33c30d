package dev.tuckerc.lab.report.plot;

import dev.tuckerc.lab.report.plot.Svg.Anchor;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/// Horizontal bars: how many times as fast as a baseline, which is the line at 1.
///
/// @param title what is compared
/// @param subtitle where the figures come from
/// @param series names of the bars of one row, in their order
/// @param baseline name of the line at 1
public record RatioChart(
    String title, String subtitle, List<String> series, String baseline, List<Row> rows) {
  private static final int WIDTH = 860;
  private static final int TOP = 92;
  private static final int BAR = 16;
  private static final int GAP = 4;
  private static final int BETWEEN = 16;
  private static final int RIGHT = 110;
  private static final int BOTTOM = 52;
  private static final List<String> COLOURS = List.of("blue", "grey", "green");

  /// One row.
  ///
  /// @param bars one for each series; empty where there is no figure
  /// @param goal a ratio to reach, if there is one
  public record Row(String label, List<Bar> bars, OptionalDouble goal) {}

  /// One bar.
  ///
  /// @param ratio empty where there is no figure
  /// @param predicted whether it is a prediction
  public record Bar(OptionalDouble ratio, boolean predicted) {}

  /// The plot as SVG.
  public String svg() {
    double left = 40 + rows.stream().mapToDouble(row -> Svg.widthOf(row.label())).max().orElse(0);
    double most = 1;
    for (Row row : rows) {
      most = Math.max(most, row.goal().orElse(0));
      for (Bar bar : row.bars()) {
        most = Math.max(most, bar.ratio().orElse(0));
      }
    }
    double step = most > 8 ? 2 : most > 3 ? 1 : 0.5;
    double end = Math.ceil(most / step) * step;
    double scale = (WIDTH - RIGHT - left) / end;
    int rowHeight = series.size() * (BAR + GAP) + BETWEEN;
    double bottom = TOP + rows.size() * rowHeight;
    Svg svg = new Svg(WIDTH, title);
    svg.text(20, 30, Anchor.START, "title", title);
    svg.text(20, 50, Anchor.START, "muted", subtitle);
    legend(svg);
    for (double tick = 0; tick <= end + 1e-9; tick += step) {
      svg.line(left + tick * scale, TOP - 6, left + tick * scale, bottom, "grid");
      svg.text(left + tick * scale, bottom + 18, Anchor.MIDDLE, "muted", Svg.number(tick) + "x");
    }
    for (int i = 0; i < rows.size(); i++) {
      row(svg, rows.get(i), TOP + i * rowHeight, left, scale);
    }
    svg.line(left + scale, TOP - 10, left + scale, bottom, "mark");
    svg.text(left + scale, bottom + 36, Anchor.MIDDLE, "muted", baseline);
    return svg.finish(bottom + BOTTOM);
  }

  private void row(Svg svg, Row row, double y, double left, double scale) {
    double height = series.size() * (BAR + GAP) - GAP;
    svg.text(left - 10, y + height / 2 + 4.5, Anchor.END, "", row.label());
    for (int j = 0; j < series.size(); j++) {
      Bar bar = row.bars().get(j);
      double top = y + j * (BAR + GAP);
      double base = top + BAR / 2.0 + 4.5;
      if (bar.ratio().isEmpty()) {
        svg.text(left + 6, base, Anchor.START, "muted", "not measured");
        continue;
      }
      double ratio = bar.ratio().getAsDouble();
      svg.rectangle(
          left, top, ratio * scale, BAR, COLOURS.get(j) + (bar.predicted() ? " predicted" : ""));
      double clear = left + ratio * scale;
      String label = String.format(Locale.ROOT, "%.2fx%s", ratio, bar.predicted() ? " pred." : "");
      // A label beside the bar must not lie on the baseline or the goal, the left one first.
      double goal = row.goal().orElse(1);
      for (double obstacle : new double[] {Math.min(1, goal), Math.max(1, goal)}) {
        double x = left + obstacle * scale;
        if (x > clear - 8 && x < clear + 12 + Svg.widthOf(label)) {
          clear = x + 6;
        }
      }
      svg.text(clear + 6, base, Anchor.START, "", label);
    }
    row.goal().ifPresent(goal -> svg.diamond(left + goal * scale, y + height / 2, 6, "orange"));
  }

  private void legend(Svg svg) {
    double x = 20;
    boolean predicted = rows.stream().flatMap(row -> row.bars().stream()).anyMatch(Bar::predicted);
    for (int j = 0; j < series.size(); j++) {
      svg.rectangle(x, 62, 14, 12, COLOURS.get(j) + (predicted ? " predicted" : ""));
      svg.text(x + 20, 73, Anchor.START, "", series.get(j));
      x += 44 + Svg.widthOf(series.get(j));
    }
    if (rows.stream().anyMatch(row -> row.goal().isPresent())) {
      svg.diamond(x + 6, 68, 6, "orange");
      svg.text(x + 20, 73, Anchor.START, "", "goal");
    }
  }
}
