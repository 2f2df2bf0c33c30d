package dev.tuckerc.cli.train;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.training.finetune.EpochRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Function;

/// Loss and accuracy over the epochs of a run, drawn as SVG.
///
/// @param epochs in their order
record Curves(List<EpochRecord> epochs) {
  private static final int WIDTH = 640;
  private static final int HEIGHT = 240;
  private static final int MARGIN = 48;

  Curves {
    epochs = List.copyOf(epochs);
  }

  /// @throws CliException when the file cannot be written
  void write(Path file) {
    try {
      Files.writeString(file, text());
    } catch (IOException e) {
      throw new CliException(
          Code.CLI003, file + ": cannot be written (" + e + "); name another file", e);
    }
  }

  String text() {
    StringBuilder svg = new StringBuilder();
    svg.append(
        String.format(
            Locale.ROOT,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\""
                + " font-family=\"sans-serif\" font-size=\"12\">%n",
            WIDTH,
            2 * HEIGHT));
    panel(svg, 0, "loss", e -> OptionalDouble.of(e.loss()), EpochRecord::testLoss);
    panel(svg, HEIGHT, "accuracy", e -> OptionalDouble.of(e.accuracy()), EpochRecord::testAccuracy);
    return svg.append("</svg>").append(System.lineSeparator()).toString();
  }

  private void panel(
      StringBuilder svg,
      int top,
      String title,
      Function<EpochRecord, OptionalDouble> training,
      Function<EpochRecord, OptionalDouble> test) {
    List<Double> all = new ArrayList<>();
    for (EpochRecord epoch : epochs) {
      training.apply(epoch).ifPresent(all::add);
      test.apply(epoch).ifPresent(all::add);
    }
    double least = all.stream().mapToDouble(Double::doubleValue).min().orElse(0);
    double most = all.stream().mapToDouble(Double::doubleValue).max().orElse(1);
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%d\" y=\"%d\">%s (black: training, red: test)</text>%n"
                + "<text x=\"4\" y=\"%d\">%.4g</text><text x=\"4\" y=\"%d\">%.4g</text>%n",
            MARGIN,
            top + 16,
            title,
            top + 28,
            most,
            top + HEIGHT - 8,
            least));
    line(svg, top, "black", training, least, most);
    line(svg, top, "crimson", test, least, most);
  }

  private void line(
      StringBuilder svg,
      int top,
      String color,
      Function<EpochRecord, OptionalDouble> value,
      double least,
      double most) {
    double span = Math.max(most - least, 1e-9);
    StringBuilder points = new StringBuilder();
    for (int i = 0; i < epochs.size(); i++) {
      OptionalDouble y = value.apply(epochs.get(i));
      if (y.isPresent()) {
        double across = (double) i / Math.max(epochs.size() - 1, 1);
        points.append(
            String.format(
                Locale.ROOT,
                "%.1f,%.1f ",
                MARGIN + across * (WIDTH - MARGIN - 8),
                top + 24 + (most - y.getAsDouble()) / span * (HEIGHT - 32)));
      }
    }
    if (!points.isEmpty()) {
      svg.append(
          String.format(
              Locale.ROOT,
              "<polyline fill=\"none\" stroke=\"%s\" points=\"%s\"/>%n",
              color,
              points.toString().strip()));
    }
  }
}
