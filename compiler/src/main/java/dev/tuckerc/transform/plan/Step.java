package dev.tuckerc.transform.plan;

import dev.tuckerc.ir.Node;
import java.util.ArrayList;
import java.util.List;

/// A node of a tree of steps: the alternatives of one layer that begin alike share their first
/// steps. To stand between two steps is a state of the search: what was computed is known, what is
/// to follow is open.
final class Step {
  /// Which node of the graph the step belongs to.
  final int position;

  /// What is computed.
  final Node node;

  /// Number among all steps of a forest; later steps have greater ones.
  final int number;

  /// The steps that may follow within the layer.
  final List<Step> next = new ArrayList<>();

  /// The alternative that is complete with this step; -1 where none is.
  int alternative = -1;

  /// Its error.
  double error;

  Step(int position, Node node, int number) {
    this.position = position;
    this.node = node;
    this.number = number;
  }

  boolean ends() {
    return alternative >= 0;
  }

  /// Whether a node computes the same from the same input, whatever its weights are.
  boolean isLike(Node other) {
    return node.op().name().equals(other.op().name())
        && node.op().attributes().equals(other.op().attributes())
        && types(node).equals(types(other));
  }

  private static List<Object> types(Node node) {
    List<Object> types = new ArrayList<>();
    node.op().operands().forEach(operand -> types.add(operand.type()));
    node.results().forEach(result -> types.add(result.type()));
    return types;
  }
}
