package dev.tuckerc.cli.pipeline;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.codegen.select.Decision;
import dev.tuckerc.cost.Estimate;
import dev.tuckerc.ir.Location;
import java.util.List;
import java.util.Map;

/// The reasons for a kernel's parameters as JSON, kept in a bundle beside the kernel.
final class DecisionJson {
  private DecisionJson() {}

  /// @param locations of the nodes that the kernel serves
  static String of(Decision decision, List<Location> locations) {
    ObjectNode root = Output.object();
    ArrayNode nodes = root.putArray("nodes");
    for (Location location : locations) {
      for (Location.Origin origin : location.origins()) {
        nodes
            .addObject()
            .put("index", origin.index())
            .put("name", origin.name())
            .put("operator", origin.operator());
      }
    }
    root.put("template", decision.template());
    parameters(root.putObject("parameters"), decision.parameters());
    estimate(root.putObject("estimate"), decision.estimate());
    root.put("considered", decision.considered());
    decision
        .runnerUp()
        .ifPresent(other -> {
          ObjectNode node = root.putObject("runnerUp");
          node.put("template", other.template());
          parameters(node.putObject("parameters"), other.parameters());
          estimate(node.putObject("estimate"), other.estimate());
          node.put("reason", other.reason());
        });
    ArrayNode notes = root.putArray("notes");
    decision.notes().forEach(notes::add);
    return Output.text(root);
  }

  private static void parameters(ObjectNode node, Map<String, Long> parameters) {
    parameters.forEach(node::put);
  }

  private static void estimate(ObjectNode node, Estimate estimate) {
    node.put("microseconds", rounded(estimate.microseconds()));
    node.put("bound", estimate.bound().text());
    node.put("edge", rounded(estimate.edge()));
    node.put("firstLoad", rounded(estimate.firstLoad()));
    ArrayNode phases = node.putArray("phases");
    for (Estimate.PhaseTime phase : estimate.phases()) {
      phases
          .addObject()
          .put("name", phase.name())
          .put("microseconds", rounded(phase.microseconds()))
          .put("bound", phase.bound().text());
    }
    node.put("deviceMemory", rounded(estimate.deviceMemory()));
    node.put("store", rounded(estimate.store()));
    node.put("blocks", estimate.blocks());
    node.put("waves", rounded(estimate.waves()));
  }

  /// Four digits are more than the model is worth, and read better.
  private static double rounded(double value) {
    return Math.round(value * 1e4) / 1e4;
  }
}
