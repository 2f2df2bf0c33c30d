package dev.tuckerc.transform.layer;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Value;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;

/// Finds convolutions and products that are factors already: a plain 1x1 convolution that narrows,
/// or one that widens again, stands next to them with nothing between. Decomposing them would undo
/// nothing and gain nothing, and a model that is decomposed twice would lose accuracy twice.
record FactorChains(
    Map<Value, Node> definitions, Map<Value, Node> onlyUsers, Map<Value, Integer> uses) {

  static FactorChains of(Graph graph) {
    FactorChains chains =
        new FactorChains(new IdentityHashMap<>(), new IdentityHashMap<>(), new IdentityHashMap<>());
    for (Node node : graph.nodes()) {
      chains.definitions.put(node.result(), node);
      for (Value operand : node.op().operands()) {
        chains.uses.merge(operand, 1, Integer::sum);
        chains.onlyUsers.put(operand, node);
      }
    }
    graph.outputs().forEach(output -> chains.uses.merge(output.value(), 1, Integer::sum));
    return chains;
  }

  boolean isFactor(Node node) {
    return before(node).filter(n -> width(n, 0) < width(n, 1)).isPresent()
        || after(node).filter(n -> width(n, 0) > width(n, 1)).isPresent();
  }

  /// The 1x1 convolution, or the product, whose result this node alone reads.
  private Optional<Node> before(Node node) {
    return Optional.ofNullable(definitions.get(node.op().operands().getFirst()))
        .filter(n -> uses.getOrDefault(n.result(), 0) == 1 && isPlain(n) && sameKind(n, node));
  }

  /// The 1x1 convolution, or the product, that alone reads this node's result.
  private Optional<Node> after(Node node) {
    return Optional.ofNullable(onlyUsers.get(node.result()))
        .filter(n ->
            uses.getOrDefault(node.result(), 0) == 1
                && isPlain(n)
                && sameKind(n, node)
                && n.op().operands().getFirst() == node.result());
  }

  private static boolean sameKind(Node a, Node b) {
    return a.op() instanceof MatMul == b.op() instanceof MatMul;
  }

  private static boolean isPlain(Node node) {
    return switch (node.op()) {
      case Convolution c -> c.window().taps() == 1 && c.epilogue().isIdentity();
      case MatMul product -> product.epilogue().isIdentity() && product.b().shape().rank() == 2;
      default -> false;
    };
  }

  /// Output (0) or input (1) channels.
  private static long width(Node node, int side) {
    Op op = node.op();
    return switch (op) {
      case Convolution c ->
          side == 0 ? c.weight().shape().extent(0) : c.weight().shape().extent(1) * c.groups();
      case MatMul product -> product.b().shape().dim(side == 0 ? 1 : 0).extent();
      default -> 0;
    };
  }
}
