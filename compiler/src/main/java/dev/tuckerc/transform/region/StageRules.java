package dev.tuckerc.transform.region;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Epilogue;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.ScalarExpression.Convert;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.Summands;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/// What a stage of a region may be. A region is one convolution, which may read a halo, and after
/// it only what needs none: every later stage makes a pixel of what the stage before made of the
/// same pixels, or adds a 1x1 convolution of another tensor to it. Whether a kernel for such a
/// region exists, and what it costs, the cost model says.
///
/// @param constant whether a value is known at compile time
public record StageRules(Predicate<Value> constant) {
  /// Channels of an image, at most.
  private static final long FEW_CHANNELS = 4;

  /// Whether a kernel that begins with a node may have other stages.
  public boolean begins(Node node) {
    return starts(node) || convertsImage(node);
  }

  /// Whether a node may be the first stage: a convolution.
  private boolean starts(Node node) {
    return node.op() instanceof Convolution convolution
        && isPixels(convolution.input())
        && isPixels(node.result())
        && constant.test(convolution.weight());
  }

  /// Whether a node makes f16 with channels last of an image of a few f32 planes, as a network's
  /// first convolution may do by itself.
  private boolean convertsImage(Node node) {
    return node.op() instanceof Pointwise pointwise
        && pointwise.body().equals(new Convert(DataType.F16, new Operand(0)))
        && pointwise.operands().getFirst().type().layout().equals(Layout.ROW_MAJOR)
        && pointwise.operands().getFirst().shape().equals(node.result().shape())
        && isPixels(node.result())
        && node.result().shape().extent(1) <= FEW_CHANNELS;
  }

  /// Whether a kernel may hand on from a stage to the next one: the next one works on the pixels of
  /// the last, or adds products of its own to its sums, or is the convolution of an image that the
  /// last one converts.
  public boolean follows(Node last, Node next) {
    if (last.results().size() != 1) {
      return false;
    }
    Value made = last.result();
    return continues(next).contains(made)
        || isSum(last) && adds(next).contains(made)
        || convertsImage(last)
            && starts(next)
            && next.op() instanceof Convolution first
            && first.input() == made;
  }

  /// The operands any of which may be the result of the stage before this node; none where the node
  /// can only come first, or is no stage.
  private List<Value> continues(Node node) {
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

  /// The operands that this node adds to a product of its own and that may be the result of the
  /// stage before it: `y = f(B * v + u)`, the end of a residual block. None where the node is
  /// something else.
  private List<Value> adds(Node node) {
    if (!(node.op() instanceof Convolution convolution)
        || !isPixels(node.result())
        || !isPixels(convolution.input())
        || convolution.groups() != 1
        || !hasOneTap(convolution.window())
        || !constant.test(convolution.weight())) {
      return List.of();
    }
    Epilogue epilogue = convolution.epilogue();
    List<Value> added = new ArrayList<>();
    for (int i = 0; i < epilogue.operands().size(); i++) {
      Value operand = epilogue.operands().get(i);
      if (operand != convolution.input()
          && operand.shape().equals(node.result().shape())
          && Summands.joined(epilogue.body(), 0, i + 1, Optional.empty()).isPresent()) {
        added.add(operand);
      }
    }
    return added;
  }

  /// Whether a node's result is a sum of products to which others may be added.
  private static boolean isSum(Node node) {
    return node.op() instanceof Convolution convolution
        && convolution.groups() == 1
        && Summands.isSummand(convolution.epilogue().body(), 0);
  }

  private static boolean hasOneTap(Window window) {
    return window.kernel().stream().allMatch(extent -> extent == 1)
        && window.padBefore().stream().allMatch(pad -> pad == 0)
        && window.padAfter().stream().allMatch(pad -> pad == 0);
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
    return !isDepthwise(convolution)
        && convolution.window().isPointwise()
        && constant.test(convolution.weight());
  }

  private static boolean isDepthwise(Convolution convolution) {
    return convolution.groups() > 1
        && convolution.weight().shape().extent(1) == 1
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
