package dev.tuckerc.lab.report;

import dev.tuckerc.lab.report.DeviceFigures.LayerKey;
import dev.tuckerc.lab.report.DeviceFigures.Origin;
import dev.tuckerc.lab.report.DeviceFigures.Own;
import dev.tuckerc.lab.report.DeviceFigures.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The README's section of figures, as Markdown.
final class PerformanceText {
  private static final String NONE = "not measured";

  private PerformanceText() {}

  /// The section.
  ///
  /// @param images links to the plots, by their captions
  static String of(List<DeviceFigures> devices, Map<String, String> images) {
    StringBuilder text = new StringBuilder();
    List<DeviceFigures> shown =
        devices.stream().filter(d -> !d.own().isEmpty() || !d.peers().isEmpty()).toList();
    if (shown.stream().noneMatch(DeviceFigures::isMeasured)) {
      text.append(
          "**No time here was measured on a GPU.** All of them are predictions of the performance"
              + " model;\ncalibration and measurement may move them a lot.\n\n");
    }
    if (shown.isEmpty()) {
      text.append("There are no results yet.\n");
    }
    for (DeviceFigures device : shown) {
      device(text, device);
    }
    for (DeviceFigures device : devices) {
      device.remarks().forEach(remark -> text.append(remark).append("\n\n"));
    }
    images.forEach((caption, link) ->
        text.append("![").append(caption).append("](").append(link).append(")\n\n"));
    return text.toString().stripTrailing() + "\n";
  }

  private static void device(StringBuilder text, DeviceFigures device) {
    for (String precision : precisions(device)) {
      List<Subject> rows = rows(device, precision);
      if (rows.isEmpty()) {
        continue;
      }
      text.append("%s, %s, batch 1, 224x224:\n\n".formatted(device.device(), precision));
      List<Column> columns = columns(device, precision);
      line(text, columns.stream().map(Column::head).toList());
      line(text, columns.stream().map(column -> column.isText() ? "---" : "--:").toList());
      for (Subject row : rows) {
        line(text, columns.stream().map(column -> column.cell().apply(row)).toList());
      }
      text.append('\n');
      if (!hasPeers(device, precision)) {
        text.append("No peer was measured on this device yet.\n\n");
      }
    }
    text.append(origins(device)).append("\n\n");
    layers(device, "fp16", Goals.CORE_LAYERS_FP16).ifPresent(l -> text.append(l).append("\n\n"));
    layers(device, "fp32", Goals.CORE_LAYERS_FP32).ifPresent(l -> text.append(l).append("\n\n"));
  }

  private static List<String> precisions(DeviceFigures device) {
    return List.of("fp16", "fp32").stream()
        .filter(p -> device.own().keySet().stream().anyMatch(s -> s.precision().equals(p)))
        .toList();
  }

  /// The decomposed models; a network without one has a row of its own.
  static List<Subject> rows(DeviceFigures device, String precision) {
    List<Subject> rows = new ArrayList<>();
    List<Subject> all =
        Stream.concat(device.own().keySet().stream(), device.peers().keySet().stream())
            .filter(subject -> subject.precision().equals(precision))
            .distinct()
            .sorted()
            .toList();
    for (Subject subject : all) {
      boolean decomposed =
          all.stream().anyMatch(s -> s.network().equals(subject.network()) && !s.isDense());
      if (!subject.isDense() || !decomposed) {
        rows.add(subject);
      }
    }
    return rows;
  }

  /// A column of the table; text is to the left, figures to the right.
  private record Column(String head, boolean isText, Function<Subject, String> cell) {}

  private static List<Column> columns(DeviceFigures device, String precision) {
    List<Column> columns = new ArrayList<>();
    columns.add(new Column("network", true, Subject::title));
    columns.add(new Column("ranks", true, s -> s.isDense() ? "" : s.ranks()));
    boolean peers = hasPeers(device, precision);
    if (peers) {
      columns.add(new Column("dense, strongest peer", false, s -> time(peer(device, dense(s)))));
    }
    columns.add(new Column("dense, tuckerc", false, s -> time(own(device, dense(s)))));
    if (peers) {
      columns.add(
          new Column("Tucker, strongest peer", false, s -> time(tucker(s, peer(device, s)))));
    }
    columns.add(new Column("Tucker, tuckerc", false, s -> time(tucker(s, own(device, s)))));
    if (peers) {
      columns.add(
          new Column(
              "Tucker by tuckerc to dense peer",
              false,
              s ->
                  ratio(
                      tucker(s, own(device, s)),
                      peer(device, dense(s)),
                      Goals.againstPeer(s.network()),
                      s)));
    }
    columns.add(
        new Column(
            "Tucker to dense, both tuckerc",
            false,
            s ->
                ratio(
                    tucker(s, own(device, s)),
                    own(device, dense(s)),
                    Goals.againstOwnDense(s.network()),
                    s)));
    return columns;
  }

  private static void line(StringBuilder text, List<String> cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  private static boolean hasPeers(DeviceFigures device, String precision) {
    return device.peers().keySet().stream().anyMatch(s -> s.precision().equals(precision));
  }

  private static Subject dense(Subject subject) {
    return Subject.dense(subject.network(), subject.precision());
  }

  /// A figure of a decomposed network; none for a row that stands for a dense one.
  private static Optional<Figure> tucker(Subject subject, Optional<Figure> figure) {
    return subject.isDense() ? Optional.empty() : figure;
  }

  static Optional<Figure> own(DeviceFigures device, Subject subject) {
    return Optional.ofNullable(device.own().get(subject)).map(Own::best);
  }

  static Optional<Figure> peer(DeviceFigures device, Subject subject) {
    return Optional.ofNullable(device.peers().get(subject)).map(Peer::time);
  }

  private static String time(Optional<Figure> figure) {
    return figure.map(Figure::time).orElse(NONE);
  }

  private static String ratio(
      Optional<Figure> fast, Optional<Figure> slow, OptionalDouble goal, Subject subject) {
    String aim =
        goal.isPresent() && subject.precision().equals("fp16")
            ? Figure.format(" (goal %.2fx)", goal.getAsDouble())
            : "";
    if (fast.isEmpty() || slow.isEmpty() || !fast.get().isComparableWith(slow.get())) {
      return NONE + aim;
    }
    return fast.get().ratioTo(slow.get()).ratio() + aim;
  }

  private static String origins(DeviceFigures device) {
    List<String> parts = new ArrayList<>();
    for (Origin origin : device.origins().values()) {
      String where = origin.driver().map(d -> ", driver " + d).orElse("");
      switch (origin.kind()) {
        case "bench" ->
            parts.add(
                "tuckerc's times were measured on %s (%s%s, commit %s): medians of CUDA graph replays, buffers rotating"
                    .formatted(device.device(), origin.day(), where, origin.shortCommit()));
        case "peers" ->
            parts.add(
                "peers are the fastest of all forms in PyTorch and cuDNN, measured in the same way (%s%s)"
                    .formatted(origin.day(), where));
        case "predict" ->
            parts.add(
                "what is marked *predicted* is the performance model's estimate for %s (%s, commit %s)"
                    .formatted(device.device(), origin.day(), origin.shortCommit()));
        default -> {}
      }
    }
    String text = String.join("; ", parts) + ".";
    return text.substring(0, 1).toUpperCase(Locale.ROOT)
        + text.substring(1)
        + " Networks have the zoo's random weights; `tdc` are the ranks that TDC publishes.";
  }

  private static Optional<String> layers(DeviceFigures device, String precision, double goal) {
    Map<String, Double> ratios =
        device.ownLayers().entrySet().stream()
            .filter(e -> e.getKey().precision().equals(precision))
            .filter(e -> device.peerLayers().containsKey(e.getKey()))
            .collect(
                Collectors.toMap(
                    e -> e.getKey().layer(),
                    e -> peerLayer(device, e.getKey()) / e.getValue(),
                    (a, b) -> b,
                    TreeMap::new));
    if (ratios.isEmpty()) {
      return Optional.empty();
    }
    double mean = Math.exp(ratios.values().stream().mapToDouble(Math::log).average().orElseThrow());
    var least = ratios.entrySet().stream().min(Map.Entry.comparingByValue()).orElseThrow();
    return Optional.of(
        "TDC's core layers against cuDNN's best, %s, %d layers: geometric mean %s (goal %s), least %s (%s)."
            .formatted(
                precision,
                ratios.size(),
                Figure.format("%.2fx", mean),
                Figure.format("%.1fx", goal),
                Figure.format("%.2fx", least.getValue()),
                least.getKey()));
  }

  private static double peerLayer(DeviceFigures device, LayerKey key) {
    Double time = device.peerLayers().get(key);
    if (time == null) {
      throw new IllegalStateException("no peer for " + key);
    }
    return time;
  }
}
