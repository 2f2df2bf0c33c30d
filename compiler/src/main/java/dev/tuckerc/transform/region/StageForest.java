package dev.tuckerc.transform.region;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.Objective;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// The nodes of a graph that may be stages, each hanging below the one whose result it works on.
///
/// Every region is a path downwards in one of these trees. Nodes are named by their position in the
/// graph, so a child's number is greater than its parent's.
final class StageForest {
  private final Graph graph;
  private final StageRules rules;
  private final Objective objective;
  private final Map<Value, Integer> definitions = new HashMap<>();
  private final Map<Value, Set<Integer>> users = new HashMap<>();
  private final Set<Value> outputs = new HashSet<>();
  private final List<List<Integer>> children = new ArrayList<>();
  private final List<Integer> roots = new ArrayList<>();
  private final Set<Integer> stages = new HashSet<>();

  /// @param priced whether the cost model knows what a node costs by itself; others are no stages
  StageForest(Graph graph, StageRules rules, Predicate<Node> priced) {
    this(graph, rules, priced, Objective.TIME);
  }

  /// @param objective for [Objective#MEMORY], a node goes on only with what nothing used before it:
  ///   a value that is computed again for a late use must not move to the early one
  StageForest(Graph graph, StageRules rules, Predicate<Node> priced, Objective objective) {
    this.graph = graph;
    this.rules = rules;
    this.objective = objective;
    graph.outputs().forEach(output -> outputs.add(output.value()));
    for (int index = 0; index < graph.nodes().size(); index++) {
      Node node = graph.nodes().get(index);
      children.add(new ArrayList<>());
      for (Value operand : node.op().operands()) {
        users.computeIfAbsent(operand, _ -> new LinkedHashSet<>()).add(index);
      }
      Optional<Integer> parent = parent(node);
      if ((rules.begins(node) || parent.isPresent()) && priced.test(node)) {
        stages.add(index);
        if (parent.isPresent()) {
          children.get(parent.get()).add(index);
        } else {
          roots.add(index);
        }
      }
      for (Value result : node.results()) {
        definitions.put(result, index);
      }
    }
  }

  /// Of several stages that a node reads, the one that comes last is its parent: what the others
  /// make is then there to be read from memory. Only users up to the node are known here.
  private Optional<Integer> parent(Node node) {
    return node.op().operands().stream()
        .filter(v -> objective == Objective.TIME || users(v).size() == 1)
        .map(definitions::get)
        .filter(index -> index != null && stages.contains(index))
        .filter(index -> rules.follows(graph.nodes().get(index), node))
        .max(Comparator.naturalOrder());
  }

  Node node(int index) {
    return graph.nodes().get(index);
  }

  boolean isStage(int index) {
    return stages.contains(index);
  }

  /// The topmost nodes of all trees.
  List<Integer> roots() {
    return roots;
  }

  /// The nodes that may come next after a node.
  List<Integer> children(int index) {
    return children.get(index);
  }

  /// Whether a path downwards from this node may be more than the node alone.
  boolean starts(int index) {
    return rules.begins(node(index));
  }

  /// A node and all below it, in the graph's order.
  List<Integer> tree(int root) {
    List<Integer> tree = new ArrayList<>(List.of(root));
    for (int i = 0; i < tree.size(); i++) {
      tree.addAll(children(tree.get(i)));
    }
    tree.sort(Comparator.naturalOrder());
    return tree;
  }

  /// Whether one kernel can run the path.
  boolean isConvex(List<Integer> path) {
    return StageRules.isConvex(graph.nodes(), path);
  }

  /// The region that computes a path: its last value is a result, and every other one that
  /// something outside reads.
  Node region(List<Integer> path) {
    return RegionBuilder.build(nodes(path), isStored(path));
  }

  List<Node> nodes(List<Integer> path) {
    return path.stream().map(this::node).toList();
  }

  /// Which values are read outside a path.
  Predicate<Value> isStored(List<Integer> path) {
    return value -> outputs.contains(value) || !path.containsAll(users(value));
  }

  private Set<Integer> users(Value value) {
    return users.getOrDefault(value, Set.of());
  }
}
