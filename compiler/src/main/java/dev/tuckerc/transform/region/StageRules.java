package dev.tuckerc.transform.region;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/// What a stage of a region may be. A region is one convolution, which may read a halo, and after
/// it only what needs none: every later stage makes a pixel of what the stage before made of the
/// same pixels. Whether a kernel for such a region exists, and what it costs, the cost model says.
///
/// @param constant whether a value is known at compile time
public record StageRules(Predicate<Value> constant) {
  /// Whether a node may be the first stage: a convolution that is ungrouped or depthwise.
  public boolean starts(Node node) {
    return node.op() instanceof Convolution convolution
        && isPixels(convolution.input())
        && isPixels(node.result())
        && constant.test(convolution.weight())
        && (convolution.groups() == 1 || isDepthwise(convolution));
  }

  /// The operands any of which may be the result of the stage before this node; none where the node
  /// can only come first, or is no stage.
  public List<Value> continues(Node node) {
    if (node.results().size() != 1 || !isPixels(node.result())) {
      return List.of();
    }
    return switch (node.op()) {
      case Convolution convolution when isProduct(convolution) -> List.of(convolution.input());
      case Pointwise pointwise ->
          pointwise.operands().stream()
              .filter(operand -> operand.shape().equals(node.result().shape()))
              .toList();
      case Pool pool when isQuartering(pool) -> List.of(pool.input());
      default -> List.of();
    };
  }

  /// Whether one kernel can run a path of nodes: nothing that a stage reads from memory depends on
  /// what the path computes.
  ///
  /// @param nodes of a graph
  /// @param path positions among them, ascending
  public static boolean isConvex(List<Node> nodes, List<Integer> path) {
    Set<Value> dependent = new HashSet<>(nodes.get(path.getFirst()).results());
    for (int index = path.getFirst() + 1; index <= path.getLast(); index++) {
      Node node = nodes.get(index);
      int position = path.indexOf(index);
      if (position > 0) {
        Value before = nodes.get(path.get(position - 1)).result();
        long readsBefore = node.op().operands().stream().filter(v -> v == before).count();
        long readsDependent = node.op().operands().stream().filter(dependent::contains).count();
        if (readsDependent > readsBefore) {
          return false;
        }
        dependent.add(node.result());
      } else if (node.op().operands().stream().anyMatch(dependent::contains)) {
        dependent.addAll(node.results());
      }
    }
    return true;
  }

  /// A tensor of the kind that stages hand on: floating point, channels last, of known extents.
  static boolean isPixels(Value value) {
    return value.shape().rank() == 4
        && value.shape().isStatic()
        && value.type().elementType().isFloat()
        && value.type().layout().equals(Layout.NHWC);
  }

  private boolean isProduct(Convolution convolution) {
    return convolution.groups() == 1
        && convolution.window().isPointwise()
        && constant.test(convolution.weight());
  }

  private static boolean isDepthwise(Convolution convolution) {
    return convolution.weight().shape().extent(1) == 1
        && convolution.weight().shape().extent(0) == convolution.groups();
  }

  /// Whether a pool takes the windows `[2i, 2i+1] x [2j, 2j+1]`, whole ones only.
  private static boolean isQuartering(Pool pool) {
    List<Long> twos = List.of(2L, 2L);
    List<Long> zeros = List.of(0L, 0L);
    Window tiles = new Window(twos, twos, zeros, zeros, List.of(1L, 1L));
    return pool.window().equals(tiles)
        && 2 * pool.resultType().shape().extent(2) <= pool.input().shape().extent(2)
        && 2 * pool.resultType().shape().extent(3) <= pool.input().shape().extent(3);
  }
}
