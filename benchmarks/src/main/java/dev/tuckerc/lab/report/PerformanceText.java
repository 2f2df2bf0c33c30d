package dev.tuckerc.lab.report;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuckerc.lab.report.Results.Line;
import dev.tuckerc.lab.results.Environment;
import dev.tuckerc.lab.results.Outcome;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Results of one device as Markdown: a table of models in fp16, TDC's core layers, and what was
/// verified. A prediction is marked wherever it appears and is never divided by a measurement.
final class PerformanceText {
  private static final String DENSE = "none";
  private static final String NONE = "not measured";
  private static final String PRECISION = "fp16";

  /// The project's goals for fp16 at batch 1: Tucker by tuckerc against the dense network by the
  /// strongest peer, and against the dense network by tuckerc.
  private record Goal(double againstPeer, double againstOwn) {}

  private static final Map<String, Goal> GOALS =
      Map.of(
          "resnet18", new Goal(1.7, 1.15),
          "vgg16_bn", new Goal(3, 2.5),
          "resnet50", new Goal(1.6, 1.1),
          "densenet121", new Goal(1.5, 1.0),
          "vdsr-1080x1920", new Goal(3, 2.5));

  private static final double GOAL_OF_LAYERS = 1.6;

  /// Every second column from the third on, up to the seventh, is about peers.
  private static final List<String> HEAD =
      List.of(
          "network",
          "ranks",
          "dense, strongest peer",
          "dense, tuckerc",
          "Tucker, strongest peer",
          "Tucker, tuckerc",
          "Tucker by tuckerc to dense peer",
          "Tucker to dense, both tuckerc");

  private final String device;
  private final Map<String, Line> own = new LinkedHashMap<>();
  private final Map<String, Line> peers = new LinkedHashMap<>();
  private final Map<String, Double> ownLayers = new TreeMap<>();
  private final Map<String, Double> peerLayers = new TreeMap<>();
  private final Map<String, Line> verified = new LinkedHashMap<>();
  private final List<Line> untried = new ArrayList<>();
  private int calibrated;

  private PerformanceText(String device) {
    this.device = device;
  }

  /// The section of the README: devices with measurements first.
  static String of(Collection<Line> lines) {
    Map<String, PerformanceText> devices = new LinkedHashMap<>();
    for (Line line : lines) {
      if (line.ofGpu() || line.kind().equals("predict")) {
        devices.computeIfAbsent(line.environment().device(), PerformanceText::new).add(line);
      }
    }
    StringBuilder text = new StringBuilder();
    if (devices.values().stream().noneMatch(PerformanceText::isMeasured)) {
      text.append(
          "**No time here was measured on a GPU.** All of them are predictions of the performance"
              + " model;\ncalibration and measurement may move them a lot.\n\n");
    }
    devices.values().stream()
        .sorted(Comparator.comparing(d -> !d.isMeasured()))
        .forEach(d -> text.append(d.section()));
    return text.toString().stripTrailing() + "\n";
  }

  private void add(Line line) {
    JsonNode node = line.node();
    boolean done = line.outcome() == Outcome.DONE;
    String model = node.path("network").asText() + " " + node.path("ranks").asText();
    boolean half = node.path("precision").asText().equals(PRECISION);
    switch (line.kind()) {
      case "predict" -> own.putIfAbsent(model, line);
      case "bench" -> {
        if (done && half && node.has("network")) {
          own.put(model, line);
        } else if (done && line.name().startsWith("tdc.core/f16/")) {
          ownLayers.put(
              line.name().substring("tdc.core/f16/".length()),
              node.path("measuredMicroseconds").asDouble());
        }
      }
      case "peers" -> {
        if (!done) {
          untried.add(line);
        } else if (half && node.has("network")) {
          peers.merge(model, line, (a, b) -> time(a) <= time(b) ? a : b);
        } else if (half && node.path("form").asText().equals("core")) {
          peerLayers.merge(node.path("layer").asText(), time(line), Math::min);
        }
      }
      case "verify" -> verified.put(line.name(), line);
      case "calibrate" -> calibrated += done && node.has("readings") ? 1 : 0;
      default -> {}
    }
  }

  private boolean isMeasured() {
    return own.values().stream().anyMatch(Line::ofGpu) || !peers.isEmpty() || !ownLayers.isEmpty();
  }

  private static boolean isMeasured(Line line) {
    return !line.kind().equals("predict");
  }

  /// Median in microseconds with rotating copies, or what was predicted.
  private static double time(Line line) {
    JsonNode node = line.node();
    return node.path(isMeasured(line) ? "measuredMicroseconds" : "predictedMicroseconds")
        .asDouble();
  }

  private String section() {
    StringBuilder text = new StringBuilder();
    List<List<String>> rows = rows();
    if (!rows.isEmpty()) {
      text.append(device).append(", ").append(PRECISION).append(", batch 1:\n\n");
      boolean withPeers = !peers.isEmpty();
      List<String> head = shown(HEAD);
      line(text, head);
      line(text, head.stream().map(cell -> cell.matches("network|ranks") ? "---" : "--:").toList());
      rows.forEach(row -> line(text, row));
      text.append('\n');
      if (!withPeers) {
        text.append("No peer was measured on this device yet.\n\n");
      }
      origins().forEach(origin -> text.append(origin).append("\n\n"));
    }
    layers().ifPresent(layers -> text.append(layers).append("\n\n"));
    if (!untried.isEmpty()) {
      text.append("Forms of the peers that were not tried, or failed: ");
      text.append(
          String.join(
              "; ",
              untried.stream()
                  .map(l -> l.name() + " (" + l.node().path("reason").asText() + ")")
                  .distinct()
                  .limit(12)
                  .toList()));
      text.append(untried.size() > 12 ? "; and more: peers.jsonl lists all.\n\n" : ".\n\n");
    }
    if (!verified.isEmpty()) {
      long agree = verified.values().stream().filter(l -> l.outcome() == Outcome.DONE).count();
      text.append(
          "Verified on %s: %d of %d cases agree with the reference.\n\n"
              .formatted(device, agree, verified.size()));
    }
    if (calibrated > 0) {
      text.append("Calibrated with %d microbenchmarks.\n\n".formatted(calibrated));
    }
    return text.toString();
  }

  private List<List<String>> rows() {
    List<List<String>> rows = new ArrayList<>();
    List<String> models = new ArrayList<>(own.keySet());
    peers.keySet().stream().filter(model -> !own.containsKey(model)).forEach(models::add);
    for (String model : models) {
      String network = model.substring(0, model.indexOf(' '));
      String ranks = model.substring(model.indexOf(' ') + 1);
      if (ranks.equals(DENSE)) {
        continue;
      }
      Optional<Line> tucker = Optional.ofNullable(own.get(model));
      Optional<Line> dense = Optional.ofNullable(own.get(network + " " + DENSE));
      Optional<Line> peer = Optional.ofNullable(peers.get(network + " " + DENSE));
      Optional<Line> tuckerPeer = Optional.ofNullable(peers.get(model));
      Optional<Goal> goal = Optional.ofNullable(GOALS.get(network));
      rows.add(
          shown(
              List.of(
                  title(network),
                  ranks,
                  cell(peer),
                  cell(dense),
                  cell(tuckerPeer),
                  cell(tucker),
                  ratio(tucker, peer, goal.map(Goal::againstPeer)),
                  ratio(tucker, dense, goal.map(Goal::againstOwn)))));
    }
    return rows;
  }

  /// Without the columns of peers where there are none.
  private List<String> shown(List<String> row) {
    return peers.isEmpty()
        ? List.of(row.get(0), row.get(1), row.get(3), row.get(5), row.get(7))
        : row;
  }

  private static String title(String network) {
    return switch (network) {
      case "resnet18" -> "ResNet-18";
      case "resnet20" -> "ResNet-20";
      case "resnet50" -> "ResNet-50";
      case "vgg16_bn" -> "VGG-16";
      case "densenet121" -> "DenseNet-121";
      case "densenet201" -> "DenseNet-201";
      case "vdsr-1080x1920" -> "VDSR, 1920x1080";
      default -> network;
    };
  }

  private static void line(StringBuilder text, List<String> cells) {
    text.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  private static String cell(Optional<Line> figure) {
    if (figure.isEmpty()) {
      return NONE;
    }
    Line line = figure.get();
    if (!isMeasured(line)) {
      return format("%.1f µs *predicted*", time(line));
    }
    JsonNode warm = line.node().path("warm").path("deviceMicroseconds").path("p50");
    return format("%.1f µs", time(line))
        + (warm.isNumber() ? format(" (warm %.1f)", warm.asDouble()) : "");
  }

  private static String ratio(Optional<Line> fast, Optional<Line> slow, Optional<Double> goal) {
    String aim = goal.map(g -> format(" (goal %.2fx)", g)).orElse("");
    if (fast.isEmpty() || slow.isEmpty() || isMeasured(fast.get()) != isMeasured(slow.get())) {
      return NONE + aim;
    }
    String mark = isMeasured(fast.get()) ? "" : " *predicted*";
    return format("%.2fx", time(slow.get()) / time(fast.get())) + mark + aim;
  }

  private static String format(String pattern, double value) {
    return String.format(Locale.ROOT, pattern, value);
  }

  /// Where the figures come from.
  private List<String> origins() {
    Map<String, Environment> kinds = new TreeMap<>();
    own.values().forEach(line -> kinds.put(line.kind(), line.environment()));
    peers.values().forEach(line -> kinds.put("peers", line.environment()));
    List<String> sentences = new ArrayList<>();
    kinds.forEach((kind, where) -> {
      String from =
          "(%s%s, commit %s)"
              .formatted(
                  where.date().toString().substring(0, 10),
                  where.driver().map(d -> ", driver " + d).orElse(""),
                  where.commit().replaceFirst("^([0-9a-f]{7})[0-9a-f]+", "$1"));
      sentences.add(
          switch (kind) {
            case "bench" ->
                "tuckerc's times are medians of CUDA graph replays, copies of all buffers rotating"
                    + " beyond twice the second-level cache; warm: one copy "
                    + from
                    + ".";
            case "peers" ->
                "Peers are the fastest form in PyTorch with cuDNN or in ONNX Runtime whose outputs"
                    + " agree, measured in the same way "
                    + from
                    + ".";
            default ->
                "What is marked *predicted* is the performance model's estimate " + from + ".";
          });
    });
    sentences.add(
        "Networks have the zoo's random weights and random factors, and inputs of 224x224"
            + " (ResNet-20 32x32) where no size is named; `tdc` are the ranks that TDC publishes,"
            + " of layers that are predicted to gain (`--ranks tdc --only-faster`).");
    return sentences;
  }

  private Optional<String> layers() {
    Map<String, Double> ratios = new TreeMap<>();
    ownLayers.forEach((layer, time) -> {
      Double peer = peerLayers.get(layer);
      if (peer != null) {
        ratios.put(layer, peer / time);
      }
    });
    if (ratios.isEmpty()) {
      return Optional.empty();
    }
    double mean = Math.exp(ratios.values().stream().mapToDouble(Math::log).average().orElseThrow());
    var least = ratios.entrySet().stream().min(Map.Entry.comparingByValue()).orElseThrow();
    return Optional.of(
        String.format(
            Locale.ROOT,
            "TDC's core layers against cuDNN's best, %s, %d layers: geometric mean %.2fx (goal"
                + " %.1fx), least %.2fx (%s).",
            PRECISION,
            ratios.size(),
            mean,
            GOAL_OF_LAYERS,
            least.getValue(),
            least.getKey()));
  }
}
