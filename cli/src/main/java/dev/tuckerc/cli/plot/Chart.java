package dev.tuckerc.cli.plot;

import java.util.List;
import java.util.Locale;

/// A chart with two linear axes, written as SVG 1.1.
///
/// @param title above it
/// @param x,y titles of the axes
/// @param series what is drawn; those without points are left out
record Chart(String title, String x, String y, List<Series> series) {
  private static final int WIDTH = 760;
  private static final int HEIGHT = 440;
  private static final int LEFT = 80;
  private static final int RIGHT = 150;
  private static final int TOP = 40;
  private static final int BOTTOM = 60;
  private static final int TICKS = 5;

  /// Colours that people with the common kinds of colour blindness tell apart (Okabe and Ito 2008).
  private static final List<String> COLOURS =
      List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000");

  Chart {
    series = series.stream().filter(s -> !s.points().isEmpty()).toList();
  }

  /// One axis: values from `low` to `high` between two places of the picture.
  private record Axis(double low, double high, double from, double to) {
    double place(double value) {
      return from + (value - low) / (high - low) * (to - from);
    }

    /// Round numbers, about five.
    double step() {
      double raw = (high - low) / TICKS;
      double power = Math.pow(10, Math.floor(Math.log10(raw)));
      double digit = raw / power;
      return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
    }
  }

  /// The picture.
  String svg() {
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
                + " viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">%n"
                + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n",
            WIDTH,
            HEIGHT,
            WIDTH,
            HEIGHT));
    text(svg, WIDTH / 2.0, TOP / 2.0, "middle", title);
    text(svg, (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 15, "middle", x);
    text(svg, LEFT - 5, TOP - 8, "end", y);
    Axis across = axis(true, LEFT, WIDTH - RIGHT);
    Axis up = axis(false, HEIGHT - BOTTOM, TOP);
    grid(svg, across, up);
    for (int i = 0; i < series.size(); i++) {
      String colour = COLOURS.get(i % COLOURS.size());
      draw(svg, series.get(i), colour, across, up);
      double row = TOP + 18.0 * i;
      svg.append(
          String.format(
              Locale.ROOT,
              "<rect x=\"%d\" y=\"%.1f\" width=\"10\" height=\"10\" fill=\"%s\"/>%n",
              WIDTH - RIGHT + 12,
              row,
              colour));
      text(svg, WIDTH - RIGHT + 27, row + 9, "start", series.get(i).name());
    }
    return svg.append("</svg>\n").toString();
  }

  private Axis axis(boolean horizontal, double from, double to) {
    double low = 0;
    double high = 0;
    for (Series each : series) {
      for (Series.Point point : each.points()) {
        high = Math.max(high, horizontal ? point.x() : point.y());
      }
    }
    return new Axis(low, high > 0 ? high * 1.05 : 1, from, to);
  }

  private static void grid(StringBuilder svg, Axis across, Axis up) {
    for (int i = 0; i * across.step() <= across.high(); i++) {
      double at = across.place(i * across.step());
      line(svg, at, up.from(), at, up.to());
      text(svg, at, up.from() + 18, "middle", number(i * across.step()));
    }
    for (int i = 0; i * up.step() <= up.high(); i++) {
      double at = up.place(i * up.step());
      line(svg, across.from(), at, across.to(), at);
      text(svg, across.from() - 8, at + 4, "end", number(i * up.step()));
    }
  }

  private static void draw(StringBuilder svg, Series series, String colour, Axis across, Axis up) {
    StringBuilder path = new StringBuilder();
    for (Series.Point point : series.points()) {
      double x = across.place(point.x());
      double y = up.place(point.y());
      if (series.style() == Series.Style.DOTS) {
        svg.append(
            String.format(
                Locale.ROOT,
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>%n",
                x,
                y,
                colour));
      } else if (path.isEmpty()) {
        path.append(String.format(Locale.ROOT, "M%.1f %.1f", x, y));
      } else if (series.style() == Series.Style.STEPS) {
        path.append(String.format(Locale.ROOT, "H%.1fV%.1f", x, y));
      } else {
        path.append(String.format(Locale.ROOT, "L%.1f %.1f", x, y));
      }
    }
    if (!path.isEmpty()) {
      svg.append(
          String.format(
              Locale.ROOT,
              "<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%n",
              path,
              colour));
    }
  }

  private static void line(StringBuilder svg, double x1, double y1, double x2, double y2) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#dddddd\"/>%n",
            x1,
            y1,
            x2,
            y2));
  }

  private static void text(StringBuilder svg, double x, double y, String anchor, String content) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
            x,
            y,
            anchor,
            escaped(content)));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%.0f", value)
        : String.format(Locale.ROOT, "%.3g", value);
  }
}
