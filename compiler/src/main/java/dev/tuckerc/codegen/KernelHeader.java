package dev.tuckerc.codegen;

import dev.tuckerc.codegen.select.Candidate;
import dev.tuckerc.codegen.select.Decision;
import dev.tuckerc.codegen.select.Decision.RunnerUp;
import dev.tuckerc.codegen.select.Extent;
import dev.tuckerc.codegen.select.Selection;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.ir.Attribute;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.PrintableText;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// The comment at the top of every kernel: what it computes, for which nodes, and why so.
public final class KernelHeader {
  private static final int LINE_LENGTH = 96;

  private KernelHeader() {}

  static String text(String name, List<Node> nodes, Selection selection, DeviceDescription device) {
    Decision decision = selection.decision();
    Candidate chosen = selection.chosen();
    List<String> lines = new ArrayList<>();
    lines.add(name + ": " + chosen.instance().template().description());
    lines.add("");
    for (Node node : nodes) {
      if (!node.location().origins().isEmpty()) {
        add(lines, "model: ", node.location().toString());
      }
    }
    // Nodes that share a kernel differ in nothing that the slice shows.
    Set<String> slices = new TreeSet<>();
    nodes.forEach(node -> slices.add(slice(node)));
    slices.forEach(slice -> add(lines, "ir: ", slice));
    add(
        lines,
        "template: ",
        decision.template() + ", " + parameters(decision.parameters()) + launch(chosen));
    add(lines, "estimate: ", decision.estimate() + " on " + device.name());
    decision.runnerUp().ifPresent(other -> add(lines, "runner-up: ", runnerUp(decision, other)));
    decision.notes().forEach(note -> add(lines, "note: ", note));
    return lines.stream().map(line -> comment(line) + "\n").collect(Collectors.joining());
  }

  /// A comment of one line, whatever the line holds: names come from the model. A backslash at its
  /// end (or the trigraph for one) would continue it over the code that follows.
  private static String comment(String line) {
    String text = ("// " + PrintableText.of(line)).stripTrailing();
    return text.endsWith("\\") || text.endsWith("??/") ? text + " ." : text;
  }

  private static String slice(Node node) {
    Op op = node.op();
    String operands =
        op.operands().stream().map(v -> v.type().toString()).collect(Collectors.joining(", "));
    String attributes =
        op.attributes().values().entrySet().stream()
            .map(entry -> entry.getKey() + "=" + text(entry.getValue()))
            .collect(Collectors.joining(", "));
    String results =
        node.results().stream().map(v -> v.type().toString()).collect(Collectors.joining(", "));
    return op.name() + "(" + operands + ") {" + attributes + "} -> " + results;
  }

  private static String text(Attribute attribute) {
    return switch (attribute) {
      case Attribute.Int(long value) -> Long.toString(value);
      case Attribute.Ints(List<Long> values) -> values.toString().replace(" ", "");
      case Attribute.Extents(Shape value) -> value.toString();
      case Attribute.Real(double value) -> Double.toString(value);
      case Attribute.Reals(List<Double> values) -> values.toString().replace(" ", "");
      case Attribute.Flag(boolean value) -> Boolean.toString(value);
      case Attribute.Text(String value) -> value;
      case Attribute.Type(DataType value) -> value.text();
      case Attribute.Body(ScalarExpression value) -> text(value);
      case Attribute.Data _ -> "...";
      case Attribute.Block(Graph body) ->
          body.nodes().stream().map(KernelHeader::slice).collect(Collectors.joining("; "));
    };
  }

  private static String text(ScalarExpression expression) {
    return switch (expression) {
      case ScalarExpression.Operand(int index) -> "x" + index;
      case ScalarExpression.Literal literal ->
          literal.type().isFloat()
              ? Double.toString(literal.value())
              : Long.toString(literal.integer());
      case ScalarExpression.Unary(UnaryFunction function, ScalarExpression argument) ->
          function.text() + "(" + text(argument) + ")";
      case ScalarExpression.Binary(
              BinaryFunction function,
              ScalarExpression left,
              ScalarExpression right) ->
          function.text() + "(" + text(left) + ", " + text(right) + ")";
      case ScalarExpression.Select(
              ScalarExpression condition,
              ScalarExpression yes,
              ScalarExpression no) ->
          "select(" + text(condition) + ", " + text(yes) + ", " + text(no) + ")";
      case ScalarExpression.Convert(DataType type, ScalarExpression argument) ->
          type.text() + "(" + text(argument) + ")";
    };
  }

  private static String launch(Candidate chosen) {
    Extent grid = chosen.grid();
    Extent block = chosen.block();
    String shared =
        chosen.sharedBytes() == 0 ? "" : ", " + chosen.sharedBytes() + " bytes of shared memory";
    return "; %dx%dx%d blocks of %d threads%s"
        .formatted(grid.x(), grid.y(), grid.z(), block.count(), shared);
  }

  private static String runnerUp(Decision decision, RunnerUp other) {
    String template = other.template().equals(decision.template()) ? "" : other.template() + ", ";
    return template + parameters(other.parameters()) + ": " + other.reason();
  }

  private static String parameters(Map<String, Long> parameters) {
    return parameters.entrySet().stream()
        .map(entry -> entry.getKey() + "=" + entry.getValue())
        .collect(Collectors.joining(" "));
  }

  /// Adds a text under a label, broken at spaces.
  private static void add(List<String> lines, String label, String text) {
    StringBuilder line = new StringBuilder(label);
    for (String word : text.split(" ")) {
      if (line.length() + word.length() > LINE_LENGTH && !line.toString().isBlank()) {
        lines.add(line.toString().stripTrailing());
        line.setLength(0);
        line.append("  ");
      }
      line.append(word).append(' ');
    }
    lines.add(line.toString().stripTrailing());
  }
}
