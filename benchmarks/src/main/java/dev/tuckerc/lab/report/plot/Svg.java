package dev.tuckerc.lab.report.plot;

import java.util.Locale;

/// An SVG picture under construction. Coordinates are pixels from the upper left corner.
///
/// The picture brings its own background and follows the reader's colour scheme, so that it can be
/// read on light and dark pages.
final class Svg {
  /// Size of ordinary text.
  static final int TEXT = 13;

  /// Of a character of ordinary text, on average; text is not measured, so that the bytes do not
  /// depend on the fonts of the machine.
  private static final double CHARACTER = 7.1;

  private static final String STYLE =
      """
      .background { fill: #ffffff; stroke: #d0d7de; }
      text { font-family: system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", Helvetica, Arial, sans-serif; font-size: 13px; fill: #1f2328; }
      .title { font-size: 16px; font-weight: 600; }
      .muted { fill: #57606a; font-size: 12px; }
      .grid { stroke: #d8dee4; stroke-width: 1; }
      .axis { stroke: #6e7781; stroke-width: 1; }
      .mark { stroke: #1f2328; stroke-width: 1.5; stroke-dasharray: 5 4; }
      .blue { fill: #0b6bcb; stroke: #0b6bcb; }
      .grey { fill: #8c959f; stroke: #8c959f; }
      .orange { fill: #d9730d; stroke: #d9730d; }
      .green { fill: #1a7f37; stroke: #1a7f37; }
      .purple { fill: #8250df; stroke: #8250df; }
      .predicted { fill-opacity: 0.25; stroke-width: 1.5; stroke-dasharray: 4 3; }
      .hollow { fill: none; stroke-width: 2; }
      .point { fill-opacity: 0.75; stroke: none; }
      @media (prefers-color-scheme: dark) {
        .background { fill: #0d1117; stroke: #30363d; }
        text { fill: #e6edf3; }
        .muted { fill: #9198a1; }
        .grid { stroke: #262c36; }
        .axis { stroke: #9198a1; }
        .mark { stroke: #e6edf3; }
        .blue { fill: #58a6ff; stroke: #58a6ff; }
        .grey { fill: #9198a1; stroke: #9198a1; }
        .orange { fill: #f0883e; stroke: #f0883e; }
        .green { fill: #3fb950; stroke: #3fb950; }
        .purple { fill: #bc8cff; stroke: #bc8cff; }
        .hollow { fill: none; }
        .point { stroke: none; }
      }
      """;

  /// Where a text begins, relative to its point.
  enum Anchor {
    START,
    MIDDLE,
    END
  }

  private final double width;
  private final String title;
  private final StringBuilder body = new StringBuilder();

  /// @param title for readers that do not see it
  Svg(double width, String title) {
    this.width = width;
    this.title = title;
  }

  /// Width that a text probably takes.
  static double widthOf(String text) {
    return text.length() * CHARACTER;
  }

  void text(double x, double y, Anchor anchor, String classes, String text) {
    body.append(
        "<text x=\"%s\" y=\"%s\" text-anchor=\"%s\"%s>%s</text>%n"
            .formatted(
                number(x),
                number(y),
                anchor.name().toLowerCase(Locale.ROOT),
                as(classes),
                escape(text)));
  }

  void line(double x1, double y1, double x2, double y2, String classes) {
    body.append(
        "<line x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\"%s/>%n"
            .formatted(number(x1), number(y1), number(x2), number(y2), as(classes)));
  }

  void rectangle(double x, double y, double width, double height, String classes) {
    body.append(
        "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" rx=\"2\"%s/>%n"
            .formatted(number(x), number(y), number(width), number(height), as(classes)));
  }

  void circle(double x, double y, double radius, String classes) {
    body.append(
        "<circle cx=\"%s\" cy=\"%s\" r=\"%s\"%s/>%n"
            .formatted(number(x), number(y), number(radius), as(classes)));
  }

  /// A square on its corner.
  void diamond(double x, double y, double radius, String classes) {
    body.append(
        "<path d=\"M%s %s l%s %s l%s %s l%s %s z\"%s/>%n"
            .formatted(
                number(x),
                number(y - radius),
                number(radius),
                number(radius),
                number(-radius),
                number(radius),
                number(-radius),
                number(-radius),
                as(classes)));
  }

  /// The whole picture.
  String finish(double height) {
    return """
    <svg xmlns="http://www.w3.org/2000/svg" width="%1$s" height="%2$s" viewBox="0 0 %1$s %2$s" role="img">
    <title>%3$s</title>
    <style>
    %4$s</style>
    <rect class="background" x="0.5" y="0.5" width="%5$s" height="%6$s" rx="6"/>
    %7$s</svg>
    """
        .formatted(
            number(width),
            number(height),
            escape(title),
            STYLE,
            number(width - 1),
            number(height - 1),
            body);
  }

  /// At most two decimals, the same in every language.
  static String number(double value) {
    String text = String.format(Locale.ROOT, "%.2f", value);
    return text.replaceAll("\\.?0+$", "");
  }

  private static String as(String classes) {
    return classes.isEmpty() ? "" : " class=\"" + classes + "\"";
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
