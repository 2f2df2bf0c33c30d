package dev.tuckerc.transform.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.ir.PrintableText;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.region.RegionReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/// Writes reports as text and as JSON.
final class DecompositionTable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<String> HEADER =
      List.of(
          "layer",
          "weight",
          "ranks",
          "form",
          "parameters",
          "",
          "MMAC",
          "",
          "kB",
          "",
          "est. us",
          "",
          "rel. error",
          "output error",
          "why");

  private DecompositionTable() {}

  static String text(DecompositionReport report) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEADER);
    report.layers().forEach(layer -> rows.add(row(layer)));
    LayerFigures before = report.before();
    LayerFigures after = report.after();
    rows.add(
        List.of(
            "all layers",
            "",
            "",
            report.decomposed() + " of " + report.layers().size(),
            count(before.parameters()),
            count(after.parameters()),
            millions(before.multiplyAccumulates()),
            millions(after.multiplyAccumulates()),
            thousands(before.bytes()),
            thousands(after.bytes()),
            time(before.microseconds()),
            time(after.microseconds()),
            "",
            "",
            "ranks " + report.policy()));
    rows.add(
        List.of(
            "dense / decomposed",
            "",
            "",
            "",
            "",
            ratio(before.parameters(), after.parameters()),
            "",
            ratio(before.multiplyAccumulates(), after.multiplyAccumulates()),
            "",
            ratio(before.bytes(), after.bytes()),
            "",
            before.microseconds().isPresent() && after.microseconds().isPresent()
                ? ratio(before.microseconds().getAsDouble(), after.microseconds().getAsDouble())
                : "-",
            "",
            "",
            ""));
    int[] widths = new int[HEADER.size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    return rows.stream().map(row -> line(row, widths)).collect(Collectors.joining())
        + report.network().map(DecompositionTable::network).orElse("");
  }

  /// Kernels span layers, so the network's time is no sum over the rows above.
  private static String network(NetworkFigures figures) {
    return String.format(
        Locale.ROOT,
        "network, by kernels: dense %.1f us, planned %.1f us (%.2fx)%s; goal: %s%s%n",
        figures.denseMicroseconds(),
        figures.microseconds(),
        figures.denseMicroseconds() / figures.microseconds(),
        figures.error() > 0 ? String.format(Locale.ROOT, ", error %.3f", figures.error()) : "",
        figures.goal(),
        figures.gap() > 0
            ? String.format(Locale.ROOT, "; at most %.2f %% from the optimum", 100 * figures.gap())
            : "");
  }

  private static List<String> row(LayerReport layer) {
    return List.of(
        PrintableText.brief(layer.name()),
        layer.weight().stream().map(String::valueOf).collect(Collectors.joining("x")),
        layer.ranks().map(Object::toString).orElse("-"),
        layer.form(),
        count(layer.before().parameters()),
        count(layer.after().parameters()),
        millions(layer.before().multiplyAccumulates()),
        millions(layer.after().multiplyAccumulates()),
        thousands(layer.before().bytes()),
        thousands(layer.after().bytes()),
        time(layer.before().microseconds()),
        time(layer.after().microseconds()),
        layer.ranks().isPresent() ? error(layer.relativeError()) : "-",
        layer.outputError().isPresent() ? error(layer.outputError().getAsDouble()) : "-",
        layer.reason());
  }

  /// Names and reasons to the left, figures to the right.
  private static String line(List<String> row, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      boolean left = i < 4 || i == widths.length - 1;
      String padding = " ".repeat(widths[i] - row.get(i).length());
      line.append(left ? row.get(i) + padding : padding + row.get(i)).append("  ");
    }
    return line.toString().stripTrailing() + "\n";
  }

  static String json(
      DecompositionReport report, RegionReport regions, Optional<LayerTradeOff> explained) {
    ObjectNode root = JSON.createObjectNode();
    root.put("ranks", report.policy());
    ArrayNode layers = root.putArray("layers");
    for (LayerReport layer : report.layers()) {
      ObjectNode node = layers.addObject();
      node.put("name", layer.name());
      ArrayNode weight = node.putArray("weight");
      layer.weight().forEach(weight::add);
      node.put("operator", layer.operator());
      layer.ranks().ifPresent(choice -> ranks(node.putObject("ranks"), choice));
      node.put("form", layer.form());
      node.set("before", figures(layer.before()));
      node.set("after", figures(layer.after()));
      node.put("relativeError", layer.relativeError());
      layer.outputError().ifPresent(error -> node.put("outputError", error));
      node.put("reason", layer.reason());
    }
    report.network().ifPresent(network -> network(root.putObject("network"), network));
    root.set("before", figures(report.before()));
    root.set("after", figures(report.after()));
    ArrayNode kernels = root.putArray("regions");
    for (RegionReport.Choice region : regions.regions()) {
      ObjectNode node = kernels.addObject();
      ArrayNode stages = node.putArray("stages");
      region.stages().forEach(stages::add);
      node.put("results", region.results());
      node.put("estimatedMicroseconds", region.microseconds());
      node.put("separateMicroseconds", region.separate());
      node.put("runnerUp", region.runnerUp().cut());
      node.put("runnerUpSlowerBy", region.runnerUp().slower());
    }
    explained.ifPresent(layer -> explained(root.putObject("explained"), layer));
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void ranks(ObjectNode node, RankChoice choice) {
    switch (choice) {
      case RankChoice.Ranks(int in, int out) -> node.put("in", in).put("out", out);
      case RankChoice.SingularValues(int rank) -> node.put("rank", rank);
      case RankChoice.Basis(int kernels) -> node.put("basis", kernels);
      case RankChoice.Terms(int count) -> node.put("terms", count);
      case RankChoice.Train train -> {
        train.outputModes().forEach(node.putArray("outputs")::add);
        train.inputModes().forEach(node.putArray("inputs")::add);
        train.ranks().forEach(node.putArray("ranks")::add);
      }
      case RankChoice.Fraction(double share) -> node.put("fraction", share);
      case RankChoice.Search _ -> node.put("search", true);
      case RankChoice.KeepDense(String reason) -> node.put("dense", reason);
    }
  }

  private static void network(ObjectNode node, NetworkFigures figures) {
    node.put("goal", figures.goal());
    node.put("denseMicroseconds", figures.denseMicroseconds());
    node.put("microseconds", figures.microseconds());
    node.put("error", figures.error());
    node.put("gap", figures.gap());
    ArrayNode steps = node.putArray("tradeOff");
    figures
        .tradeOff()
        .forEach(step ->
            steps.addObject().put("error", step.getKey()).put("microseconds", step.getValue()));
  }

  private static void explained(ObjectNode node, LayerTradeOff layer) {
    node.put("layer", layer.layer());
    option(node.putObject("planned"), layer.planned());
    ArrayNode options = node.putArray("options");
    layer.options().forEach(option -> option(options.addObject(), option));
  }

  private static void option(ObjectNode node, LayerTradeOff.Option option) {
    node.put("form", option.form());
    node.put("ranks", option.ranks());
    node.put("microseconds", option.microseconds());
    node.put("error", option.error());
  }

  private static ObjectNode figures(LayerFigures figures) {
    ObjectNode node = JSON.createObjectNode();
    node.put("parameters", figures.parameters());
    node.put("multiplyAccumulates", figures.multiplyAccumulates());
    node.put("bytes", figures.bytes());
    figures.microseconds().ifPresent(us -> node.put("estimatedMicroseconds", us));
    return node;
  }

  private static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String millions(long value) {
    return String.format(Locale.ROOT, "%.2f", value / 1e6);
  }

  private static String thousands(long value) {
    return String.format(Locale.ROOT, "%.1f", value / 1e3);
  }

  private static String error(double value) {
    return String.format(Locale.ROOT, "%.6f", value);
  }

  private static String ratio(double before, double after) {
    return after > 0 ? String.format(Locale.ROOT, "%.2fx", before / after) : "-";
  }

  private static String time(OptionalDouble microseconds) {
    return microseconds.isPresent()
        ? String.format(Locale.ROOT, "%.2f", microseconds.getAsDouble())
        : "-";
  }
}
