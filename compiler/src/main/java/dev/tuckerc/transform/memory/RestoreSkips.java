package dev.tuckerc.transform.memory;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.Objective;
import dev.tuckerc.transform.Pass;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Remark;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// y = expand(s); near(y); ...; far(y) => y = expand(s); near(y); ...; y' = expand(s); far(y')
///
/// Keeps the small tensor alive across a skip instead of the large one, and computes the large one
/// a second time where it is used: expansion, normalisation and activation are one node by now.
/// Done only for [Objective#MEMORY], and only where the peak of the liveness model falls
/// ([PeakMemory]), largest tensors first. The method is TeMCO's (ICPP 2024).
public record RestoreSkips() implements Pass {
  @Override
  public String name() {
    return "restore-skips";
  }

  @Override
  public Graph run(Graph graph, PassContext context) {
    if (context.find(Objective.class).filter(o -> o == Objective.MEMORY).isEmpty()) {
      return graph;
    }
    Graph current = graph;
    long peak = PeakMemory.bytes(current);
    boolean found = true;
    while (found) {
      found = false;
      for (Skip skip : skips(current)) {
        Graph restored = restore(current, skip);
        long lower = PeakMemory.bytes(restored);
        if (lower < peak) {
          context.remark(
              Remark.Kind.APPLIED,
              name(),
              skip.expand().location(),
              String.format(
                  Locale.ROOT,
                  "%s is computed again for its last %d uses: peak %,d bytes instead of %,d",
                  skip.expand().result(),
                  skip.late().size(),
                  lower,
                  peak));
          current = restored;
          peak = lower;
          found = true;
          break;
        }
      }
    }
    return current;
  }

  /// A large tensor that lives for long.
  ///
  /// @param expand the node that computes it from a smaller one
  /// @param late positions of the users that are to read another copy
  private record Skip(Node expand, List<Integer> late) {}

  private static List<Skip> skips(Graph graph) {
    Set<Value> constants = new HashSet<>();
    Set<Value> outputs = new HashSet<>();
    graph.outputs().forEach(output -> outputs.add(output.value()));
    List<Skip> skips = new ArrayList<>();
    for (int index = 0; index < graph.nodes().size(); index++) {
      Node node = graph.nodes().get(index);
      if (node.op() instanceof Constant) {
        constants.add(node.result());
      }
      if (!(node.op() instanceof Convolution op && expands(op, node.result(), constants))
          || outputs.contains(node.result())) {
        continue;
      }
      Set<Integer> users = new LinkedHashSet<>();
      for (int user = index + 1; user < graph.nodes().size(); user++) {
        if (graph.nodes().get(user).op().operands().contains(node.result())) {
          users.add(user);
        }
      }
      List<Integer> ordered = List.copyOf(users);
      for (int near = 1; near < ordered.size(); near++) {
        // Something happens in between.
        if (ordered.get(near) > ordered.get(near - 1) + 1) {
          skips.add(new Skip(node, ordered.subList(near, ordered.size())));
        }
      }
    }
    skips.sort(
        Comparator.<Skip>comparingLong(skip -> skip.expand().result().type().bytes()).reversed());
    return skips;
  }

  /// Whether a node makes a large tensor of a small one, pixel by pixel, and of nothing else that
  /// is computed.
  private static boolean expands(Convolution op, Value result, Set<Value> constants) {
    return op.window().isPointwise()
        && op.groups() == 1
        && constants.contains(op.weight())
        && constants.containsAll(op.epilogue().operands())
        && result.shape().isStatic()
        && op.input().type().bytes() < result.type().bytes();
  }

  private static Graph restore(Graph graph, Skip skip) {
    Value large = skip.expand().result();
    Value copy = new Value(large.name(), large.type());
    List<Node> nodes = new ArrayList<>();
    for (int index = 0; index < graph.nodes().size(); index++) {
      Node node = graph.nodes().get(index);
      if (index == skip.late().getFirst()) {
        nodes.add(new Node(skip.expand().op(), copy, skip.expand().location()));
      }
      List<Value> operands = node.op().operands().stream().map(v -> v == large ? copy : v).toList();
      nodes.add(
          skip.late().contains(index)
              ? new Node(node.op().withOperands(operands), node.results(), node.location())
              : node);
    }
    return new Graph(graph.name(), graph.inputs(), nodes, graph.outputs());
  }
}
