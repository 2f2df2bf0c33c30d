package dev.tuckerc.lab.report;

import dev.tuckerc.lab.report.DeviceFigures.Origin;
import dev.tuckerc.lab.report.DeviceFigures.Own;
import dev.tuckerc.lab.report.DeviceFigures.Pair;
import dev.tuckerc.lab.report.plot.FloorChart;
import dev.tuckerc.lab.report.plot.RatioChart;
import dev.tuckerc.lab.report.plot.ScatterChart;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.TreeMap;

/// The plots of one device.
final class Plots {
  /// Every file that plots may have.
  static final List<String> FILES =
      List.of("performance-ratio.svg", "performance-floor.svg", "performance-prediction.svg");

  private static final String PRECISION = "fp16";

  private final DeviceFigures device;

  private Plots(DeviceFigures device) {
    this.device = device;
  }

  /// A plot.
  record Plot(String file, String caption, String svg) {}

  /// Those of the plots that the figures allow.
  static List<Plot> of(DeviceFigures device) {
    Plots plots = new Plots(device);
    List<Plot> all = new ArrayList<>();
    plots.ratio().ifPresent(all::add);
    plots.floor().ifPresent(all::add);
    plots.prediction().ifPresent(all::add);
    return all;
  }

  private Optional<Plot> ratio() {
    boolean peers =
        device.peers().keySet().stream()
                .anyMatch(s -> s.precision().equals(PRECISION) && s.isDense())
            && device.own().values().stream().anyMatch(own -> own.measured().isPresent());
    List<RatioChart.Row> rows = new ArrayList<>();
    for (Subject subject : PerformanceText.rows(device, PRECISION)) {
      if (subject.isDense()) {
        continue;
      }
      Subject dense = Subject.dense(subject.network(), PRECISION);
      Optional<Figure> tucker = PerformanceText.own(device, subject);
      Optional<Figure> own = PerformanceText.own(device, dense);
      Optional<Figure> peer = PerformanceText.peer(device, dense);
      String label = subject.title() + ", " + subject.ranks();
      List<RatioChart.Bar> bars =
          peers
              ? List.of(
                  bar(tucker, peer),
                  bar(own, peer),
                  bar(PerformanceText.peer(device, subject), peer))
              : List.of(bar(tucker, own));
      if (bars.stream().allMatch(bar -> bar.ratio().isEmpty())) {
        continue;
      }
      OptionalDouble goal =
          peers ? Goals.againstPeer(subject.network()) : Goals.againstOwnDense(subject.network());
      rows.add(new RatioChart.Row(label, bars, goal));
    }
    if (rows.isEmpty()) {
      return Optional.empty();
    }
    RatioChart chart =
        peers
            ? new RatioChart(
                "Times as fast as the dense network in the strongest peer",
                subtitle(true),
                List.of("Tucker, tuckerc", "dense, tuckerc", "Tucker, strongest peer"),
                "dense, strongest peer",
                rows)
            : new RatioChart(
                "Times as fast as the dense network, both by tuckerc (predicted)",
                subtitle(false),
                List.of("Tucker, tuckerc"),
                "dense, tuckerc",
                rows);
    return Optional.of(new Plot(FILES.get(0), chart.title(), chart.svg()));
  }

  private static RatioChart.Bar bar(Optional<Figure> fast, Optional<Figure> slow) {
    if (fast.isEmpty() || slow.isEmpty() || !fast.get().isComparableWith(slow.get())) {
      return new RatioChart.Bar(OptionalDouble.empty(), false);
    }
    Figure ratio = fast.get().ratioTo(slow.get());
    return new RatioChart.Bar(OptionalDouble.of(ratio.value()), !ratio.measured());
  }

  private Optional<Plot> floor() {
    List<FloorChart.Row> rows = new ArrayList<>();
    boolean measured = false;
    for (Map.Entry<Subject, Own> entry : device.own().entrySet()) {
      Subject subject = entry.getKey();
      if (!subject.precision().equals(PRECISION)) {
        continue;
      }
      Own own = entry.getValue();
      measured |= own.measured().isPresent();
      rows.add(
          new FloorChart.Row(
              subject.title() + ", " + (subject.isDense() ? "dense" : subject.ranks()),
              own.bounds().memory(),
              own.bounds().arithmetic(),
              own.bounds().steps(),
              OptionalDouble.of(own.predicted()),
              own.measured().map(f -> OptionalDouble.of(f.value())).orElse(OptionalDouble.empty()),
              PerformanceText.peer(device, subject)
                  .map(f -> OptionalDouble.of(f.value()))
                  .orElse(OptionalDouble.empty())));
    }
    if (rows.isEmpty()) {
      return Optional.empty();
    }
    FloorChart chart =
        new FloorChart("What binds a run: physical floors and times", subtitle(measured), rows);
    return Optional.of(new Plot(FILES.get(1), chart.title(), chart.svg()));
  }

  private Optional<Plot> prediction() {
    SequencedMap<String, List<ScatterChart.Point>> groups = new LinkedHashMap<>();
    for (Pair pair : new TreeMap<>(device.pairs()).values()) {
      groups
          .computeIfAbsent(pair.group(), name -> new ArrayList<>())
          .add(new ScatterChart.Point(pair.measured(), pair.predicted()));
    }
    if (groups.isEmpty()) {
      return Optional.empty();
    }
    List<ScatterChart.Group> sorted =
        groups.entrySet().stream()
            .sorted(Map.Entry.comparingByKey())
            .map(e -> new ScatterChart.Group(e.getKey(), e.getValue()))
            .toList();
    ScatterChart chart =
        new ScatterChart(
            "The performance model against measurement",
            device.device() + ", medians of graph replays, batch 1" + origin("bench"),
            sorted);
    return Optional.of(new Plot(FILES.get(2), chart.title(), chart.svg()));
  }

  private String subtitle(boolean measured) {
    return "%s, %s, batch 1, 224x224; %s%s"
        .formatted(
            device.device(),
            PRECISION,
            measured ? "measured" : "the performance model's prediction, nothing measured",
            origin(measured ? "bench" : "predict"));
  }

  private String origin(String kind) {
    Origin origin = device.origins().get(kind);
    return origin == null ? "" : ", " + origin.day() + ", commit " + origin.shortCommit();
  }
}
