package dev.tuckerc.cli.plot;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.plot.Series.Point;
import dev.tuckerc.cli.plot.Series.Style;
import dev.tuckerc.transform.report.LayerTradeOff;
import dev.tuckerc.transform.report.NetworkFigures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The pictures of `tuckerc decompose --plot`.
public final class DecompositionPlots {
  private final Path folder;
  private final List<Path> written = new ArrayList<>();

  /// @param folder exists
  public DecompositionPlots(Path folder) {
    this.folder = folder;
  }

  /// Latency against error: what the best plan takes for every error allowed, and the plan made.
  public void tradeOff(NetworkFigures network) {
    List<Point> front =
        network.tradeOff().stream()
            .map(step -> new Point(Math.sqrt(step.getKey()), step.getValue()))
            .toList();
    write(
        "error-latency",
        new Chart(
            "Predicted latency of the best plan for every error",
            "relative error of the output, estimated",
            "us",
            List.of(
                new Series("best plan", front, Style.STEPS),
                new Series("dense", List.of(new Point(0, network.denseMicroseconds())), Style.DOTS),
                new Series(
                    "this plan",
                    List.of(new Point(network.error(), network.microseconds())),
                    Style.DOTS))));
  }

  /// The network's latency against the ranks of one layer.
  public void staircase(LayerTradeOff layer) {
    Map<String, List<Point>> forms = new LinkedHashMap<>();
    for (LayerTradeOff.Option option : layer.options()) {
      option
          .rank()
          .ifPresent(rank ->
              forms
                  .computeIfAbsent(option.form(), _ -> new ArrayList<>())
                  .add(new Point(rank, option.microseconds())));
    }
    List<Series> series = new ArrayList<>();
    forms.forEach((form, points) -> {
      points.sort(Comparator.comparingDouble(Point::x));
      series.add(new Series(form, points, Style.LINE));
    });
    double most =
        forms.values().stream().flatMap(List::stream).mapToDouble(Point::x).max().orElse(1);
    layer.options().stream()
        .filter(option -> option.rank().isEmpty())
        .findFirst()
        .ifPresent(dense ->
            series.add(
                new Series(
                    "dense",
                    List.of(
                        new Point(0, dense.microseconds()), new Point(most, dense.microseconds())),
                    Style.LINE)));
    write("staircase", new Chart("Latency by the ranks of " + layer.layer(), "rank", "us", series));
  }

  /// Bytes alive over the run, the dense network beside the planned one.
  ///
  /// @param dense,planned bytes at each node
  public void memory(List<Long> dense, List<Long> planned) {
    write(
        "memory",
        new Chart(
            "Memory of intermediate tensors",
            "progress of the run, %",
            "MB",
            List.of(
                new Series("dense", timeline(dense), Style.STEPS),
                new Series("planned", timeline(planned), Style.STEPS))));
  }

  private static List<Point> timeline(List<Long> bytes) {
    List<Point> points = new ArrayList<>();
    for (int i = 0; i < bytes.size(); i++) {
      points.add(new Point(100.0 * i / Math.max(1, bytes.size() - 1), bytes.get(i) / 1e6));
    }
    return points;
  }

  /// The files written so far.
  public List<Path> written() {
    return List.copyOf(written);
  }

  private void write(String name, Chart chart) {
    Path file = folder.resolve(name + ".svg");
    try {
      Files.writeString(file, chart.svg());
      written.add(file);
    } catch (IOException e) {
      throw new CliException(
          Code.CLI003, file + " cannot be written: name another folder with --plot", e);
    }
  }
}
