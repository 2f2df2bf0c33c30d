package dev.tuckerc.transform.decompose;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.ir.PrintableText;
import dev.tuckerc.transform.region.RegionReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
          "est. us",
          "",
          "rel. error",
          "why");

  private DecompositionTable() {}

  static String text(DecompositionReport report) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(HEADER);
    report.layers().forEach(layer -> rows.add(row(layer)));
    rows.add(
        List.of(
            "all convolutions",
            "",
            "",
            report.decomposed() + " of " + report.layers().size(),
            count(report.before().parameters()),
            count(report.after().parameters()),
            millions(report.before().multiplyAccumulates()),
            millions(report.after().multiplyAccumulates()),
            time(report.before().microseconds()),
            time(report.after().microseconds()),
            "",
            "ranks " + report.policy()));
    int[] widths = new int[HEADER.size()];
    for (List<String> row : rows) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    return rows.stream().map(row -> line(row, widths)).collect(Collectors.joining());
  }

  private static List<String> row(LayerReport layer) {
    return List.of(
        PrintableText.brief(layer.name()),
        layer.weight().stream().map(String::valueOf).collect(Collectors.joining("x")),
        layer.ranks().map(RankChoice.Ranks::toString).orElse("-"),
        layer.form(),
        count(layer.before().parameters()),
        count(layer.after().parameters()),
        millions(layer.before().multiplyAccumulates()),
        millions(layer.after().multiplyAccumulates()),
        time(layer.before().microseconds()),
        time(layer.after().microseconds()),
        layer.ranks().isPresent() ? String.format(Locale.ROOT, "%.6f", layer.relativeError()) : "-",
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

  static String json(DecompositionReport report, RegionReport regions) {
    ObjectNode root = JSON.createObjectNode();
    root.put("ranks", report.policy());
    ArrayNode layers = root.putArray("layers");
    for (LayerReport layer : report.layers()) {
      ObjectNode node = layers.addObject();
      node.put("name", layer.name());
      ArrayNode weight = node.putArray("weight");
      layer.weight().forEach(weight::add);
      layer.ranks().ifPresent(r -> node.putObject("ranks").put("in", r.in()).put("out", r.out()));
      node.put("form", layer.form());
      node.set("before", figures(layer.before()));
      node.set("after", figures(layer.after()));
      node.put("relativeError", layer.relativeError());
      node.put("reason", layer.reason());
    }
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
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ObjectNode figures(LayerFigures figures) {
    ObjectNode node = JSON.createObjectNode();
    node.put("parameters", figures.parameters());
    node.put("multiplyAccumulates", figures.multiplyAccumulates());
    figures.microseconds().ifPresent(us -> node.put("estimatedMicroseconds", us));
    return node;
  }

  private static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String millions(long value) {
    return String.format(Locale.ROOT, "%.2f", value / 1e6);
  }

  private static String time(OptionalDouble microseconds) {
    return microseconds.isPresent()
        ? String.format(Locale.ROOT, "%.2f", microseconds.getAsDouble())
        : "-";
  }
}
