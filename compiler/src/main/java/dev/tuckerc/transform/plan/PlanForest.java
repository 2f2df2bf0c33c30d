package dev.tuckerc.transform.plan;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.layer.InParallel;
import dev.tuckerc.transform.region.StageRules;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A network in which some nodes have alternatives, as trees: each node hangs below the one whose
/// result a kernel may hand on to it.
///
/// A kernel is a path downwards. It may begin and end between two steps of a layer, and pass
/// through the layers below: through one alternative of each.
final class PlanForest {
  /// Most nodes of a kernel.
  private static final int LONGEST = 16;

  private final Graph graph;
  private final StageRules rules;
  private final Map<Value, Set<Integer>> users = new HashMap<>();
  private final Set<Value> outputs = new HashSet<>();
  private final List<List<Step>> first = new ArrayList<>();
  private final List<List<Step>> ends = new ArrayList<>();
  private final List<List<Integer>> children = new ArrayList<>();
  private final List<Integer> roots = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private final List<List<Kernel>> kernels;

  /// One kernel that begins with a step.
  ///
  /// @param path its steps, from that one on
  /// @param passed those of its steps, the last one left out, that complete an alternative
  /// @param hanging nodes below those passed that the kernel does not go on to
  record Kernel(double cost, List<Step> path, List<Step> passed, List<Integer> hanging) {
    Step last() {
      return path.getLast();
    }

    private Kernel withCost(double other) {
      return new Kernel(other, path, passed, hanging);
    }
  }

  /// @param alternatives of some nodes; others have themselves as the only one
  PlanForest(Graph graph, Map<Node, List<Alternative>> alternatives, KernelCosts costs) {
    this.graph = graph;
    graph.outputs().forEach(output -> outputs.add(output.value()));
    Set<Value> computed = Collections.newSetFromMap(new IdentityHashMap<>());
    computed.addAll(graph.inputs());
    for (Node node : graph.nodes()) {
      if (!(node.op() instanceof Constant)) {
        computed.addAll(node.results());
      }
    }
    rules = new StageRules(value -> !computed.contains(value));
    Map<Value, Integer> definitions = new HashMap<>();
    for (int position = 0; position < graph.nodes().size(); position++) {
      Node node = graph.nodes().get(position);
      children.add(new ArrayList<>());
      ends.add(new ArrayList<>());
      for (Value operand : node.op().operands()) {
        users.computeIfAbsent(operand, _ -> new LinkedHashSet<>()).add(position);
      }
      if (node.op() instanceof Constant) {
        first.add(List.of());
        continue;
      }
      List<Step> begin =
          tree(
              position,
              alternatives.getOrDefault(node, List.of(new Alternative(List.of(node), 0))));
      first.add(begin);
      int parent = parent(begin, definitions);
      if (parent < 0) {
        roots.add(position);
      } else {
        children.get(parent).add(position);
      }
      for (Value result : node.results()) {
        definitions.put(result, position);
      }
    }
    kernels = InParallel.map(steps, _ -> 1, step -> kernels(step, costs));
    // What lies in place takes no time, and is no kernel.
    first.stream()
        .filter(begin ->
            begin.stream().flatMap(step -> kernels(step).stream()).anyMatch(k -> k.cost() > 0))
        .findFirst()
        .ifPresent(begin ->
            begin.forEach(step -> kernels.set(step.number, started(kernels(step), costs.start()))));
  }

  private List<Step> tree(int position, List<Alternative> alternatives) {
    List<Step> begin = new ArrayList<>();
    for (int i = 0; i < alternatives.size(); i++) {
      List<Step> level = begin;
      Step last = null;
      for (Node node : alternatives.get(i).steps()) {
        Step before = last;
        last = level.stream().filter(step -> step.isLike(node)).findFirst().orElse(null);
        if (last == null) {
          last = new Step(position, following(node, before, level), steps.size());
          steps.add(last);
          level.add(last);
        }
        level = last.next;
      }
      Step end = Objects.requireNonNull(last);
      if (end.ends()) {
        throw new IllegalArgumentException("two equal alternatives of " + end.node.location());
      }
      ends.get(position).add(end);
      end.alternative = i;
      end.error = alternatives.get(i).error();
    }
    return begin;
  }

  /// A step that reads the result of the step which it now follows.
  private static Node following(Node node, @Nullable Step before, List<Step> level) {
    if (before == null) {
      return node;
    }
    List<Value> operands = new ArrayList<>(node.op().operands());
    operands.set(0, before.node.result());
    return new Node(node.op().withOperands(operands), node.results(), node.location());
  }

  /// The last of the nodes whose result one of the steps may take over within a kernel: what the
  /// others compute is then there to be read from memory. -1 where there is none.
  private int parent(List<Step> begin, Map<Value, Integer> definitions) {
    int parent = -1;
    for (Step step : begin) {
      for (Value value : step.node.op().operands()) {
        int definition = definitions.getOrDefault(value, -1);
        if (definition > parent
            && ends.get(definition).stream().anyMatch(last -> follows(last, step))) {
          parent = definition;
        }
      }
    }
    return parent;
  }

  /// All kernels that begin with a step. A kernel that cannot be is not continued.
  private List<Kernel> kernels(Step start, KernelCosts costs) {
    List<Kernel> found = new ArrayList<>();
    extend(List.of(start), costs, found);
    return found;
  }

  /// The same with what the first kernel of the network costs more.
  private static List<Kernel> started(List<Kernel> kernels, double start) {
    return kernels.stream().map(k -> k.withCost(k.cost() + start)).toList();
  }

  private void extend(List<Step> path, KernelCosts costs, List<Kernel> found) {
    double cost = costs.of(path.stream().map(step -> step.node).toList(), v -> isStored(v, path));
    if (Double.isInfinite(cost)) {
      return;
    }
    found.add(kernel(cost, path));
    Step last = path.getLast();
    if (path.size() == LONGEST || !rules.begins(path.getFirst().node)) {
      return;
    }
    for (Step next : last.next) {
      if (follows(last, next)) {
        extend(longer(path, next), costs, found);
      }
    }
    if (last.ends()) {
      for (int child : children.get(last.position)) {
        for (Step next : first.get(child)) {
          if (follows(last, next) && isConvex(longer(path, next))) {
            extend(longer(path, next), costs, found);
          }
        }
      }
    }
  }

  private Kernel kernel(double cost, List<Step> path) {
    List<Step> passed = new ArrayList<>();
    List<Integer> hanging = new ArrayList<>();
    for (int i = 0; i + 1 < path.size(); i++) {
      int own = path.get(i).position;
      int next = path.get(i + 1).position;
      if (own != next) {
        passed.add(path.get(i));
        children.get(own).stream().filter(child -> child != next).forEach(hanging::add);
      }
    }
    return new Kernel(cost, path, List.copyOf(passed), List.copyOf(hanging));
  }

  private static List<Step> longer(List<Step> path, Step next) {
    List<Step> longer = new ArrayList<>(path);
    longer.add(next);
    return List.copyOf(longer);
  }

  private boolean follows(Step last, Step next) {
    return rules.follows(last.node, next.node);
  }

  private boolean isStored(Value value, List<Step> path) {
    return outputs.contains(value)
        || !users.getOrDefault(value, Set.of()).stream()
            .allMatch(user -> path.stream().anyMatch(step -> step.position == user));
  }

  private boolean isConvex(List<Step> path) {
    List<Integer> nodes = path.stream().map(step -> step.position).distinct().toList();
    return StageRules.isConvex(graph.nodes(), nodes);
  }

  /// All steps; a step's number is its place.
  List<Step> steps() {
    return steps;
  }

  /// The steps with which a node's alternatives begin; none for a constant.
  List<Step> first(int position) {
    return first.get(position);
  }

  /// The nodes that hang below a node.
  List<Integer> children(int position) {
    return children.get(position);
  }

  /// The nodes that hang below none.
  List<Integer> roots() {
    return roots;
  }

  /// The kernels that may begin with a step, that of the step alone first.
  List<Kernel> kernels(Step step) {
    return kernels.get(step.number);
  }
}
