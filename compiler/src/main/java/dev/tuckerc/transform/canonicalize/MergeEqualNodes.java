package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.Pass;
import dev.tuckerc.transform.PassContext;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// f(x), f(x) => one f(x), used by both
///
/// Constants are equal when their bytes are.
public final class MergeEqualNodes implements Pass {
  /// What makes two nodes the same.
  private record Key(Object computation, TensorType type) {}

  /// Constant data compared by content.
  private record Data(Tensor tensor) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Data(Tensor its) && tensor.contentEquals(its);
    }

    @Override
    public int hashCode() {
      int hash = tensor.shape().hashCode();
      for (int i = 0; i < Math.min(tensor.size(), 16); i++) {
        hash = 31 * hash + Double.hashCode(tensor.getDouble(i));
      }
      return hash;
    }
  }

  @Override
  public String name() {
    return "merge-equal-nodes";
  }

  @Override
  public Graph run(Graph graph, PassContext context) {
    Map<Value, Value> replacements = new HashMap<>();
    Map<Key, Node> kept = new LinkedHashMap<>();
    for (Node node : graph.nodes()) {
      List<Value> operands =
          node.op().operands().stream().map(v -> replacements.getOrDefault(v, v)).toList();
      boolean same = operands.equals(node.op().operands());
      Op op = same ? node.op() : node.op().withOperands(operands);
      Object computation = op instanceof Constant constant ? new Data(constant.tensor()) : op;
      Key key = new Key(computation, node.result().type());
      Node first = kept.get(key);
      if (first == null) {
        kept.put(key, new Node(op, node.result(), node.location()));
      } else {
        replacements.put(node.result(), first.result());
        Location both = Location.fused(first.location(), node.location());
        kept.put(key, new Node(first.op(), first.result(), both));
      }
    }
    if (replacements.isEmpty()) {
      return graph;
    }
    List<Graph.Output> outputs =
        graph.outputs().stream()
            .map(o -> new Graph.Output(o.name(), replacements.getOrDefault(o.value(), o.value())))
            .toList();
    return new Graph(graph.name(), graph.inputs(), List.copyOf(kept.values()), outputs);
  }
}
