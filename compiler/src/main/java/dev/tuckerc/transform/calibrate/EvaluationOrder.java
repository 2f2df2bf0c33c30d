package dev.tuckerc.transform.calibrate;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// An order of a graph's nodes in which the shortcut beside a layer is computed before the layer is
/// fitted. Where both sides of a sum are layers, the one that comes second is fitted to the sum.
///
/// @param uses of the layers to fit; a shortcut that cannot come first is dropped
record EvaluationOrder(List<Node> nodes, Map<Node, ResultUse> uses) {

  static EvaluationOrder of(Graph graph, Map<Node, ResultUse> wanted) {
    Map<Value, Node> definitions = new IdentityHashMap<>();
    graph.nodes().forEach(node -> definitions.put(node.result(), node));
    Map<Node, ResultUse> found = new IdentityHashMap<>(wanted);
    List<Node> order = new ArrayList<>();
    Set<Node> done = Collections.newSetFromMap(new IdentityHashMap<>());
    Set<Node> open = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Node node : graph.nodes()) {
      visit(node, definitions, found, order, done, open);
    }
    return new EvaluationOrder(order, new HashMap<>(found));
  }

  private static void visit(
      Node root,
      Map<Value, Node> definitions,
      Map<Node, ResultUse> uses,
      List<Node> order,
      Set<Node> done,
      Set<Node> open) {
    if (!done.add(root)) {
      return;
    }
    open.add(root);
    for (Value operand : root.op().operands()) {
      Node definition = definitions.get(operand);
      if (definition != null) {
        visit(definition, definitions, uses, order, done, open);
      }
    }
    ResultUse around = uses.get(root);
    if (around != null && around.shortcut().isPresent()) {
      Node definition = definitions.get(around.shortcut().get());
      if (definition != null) {
        visit(definition, definitions, uses, order, done, open);
        if (open.contains(definition)) {
          uses.put(root, around.withoutShortcut());
        }
      }
    }
    open.remove(root);
    order.add(root);
  }
}
