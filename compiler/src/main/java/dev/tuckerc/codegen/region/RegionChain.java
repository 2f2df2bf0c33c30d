package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.gemm.GemmLifting;
import dev.tuckerc.codegen.gemm.GemmProblem;
import dev.tuckerc.codegen.select.CodegenException;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.LoweringContext.KnownConstant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/// A region as a chain of stages, each of which reads what the one before it computes: a
/// convolution over two spatial axes, then products (1x1 convolutions) and at most one pool of
/// non-overlapping windows of 2 x 2 pixels. Activations are f16 with channels last; weights are
/// known at compile time.
///
/// @param stages the first is a product
record RegionChain(List<Stage> stages) {
  RegionChain {
    stages = List.copyOf(stages);
  }

  /// One step of a chain.
  sealed interface Stage {
    /// The node of the body that it computes.
    Node node();

    /// Where its value is stored; empty when it stays in the kernel.
    Optional<Value> stored();

    /// Channels of its value.
    long channels();
  }

  /// A convolution with its epilogue.
  ///
  /// @param weight data of the problem's weight
  record Product(Node node, Optional<Value> stored, GemmProblem problem, KnownConstant weight)
      implements Stage {
    /// Indices of the epilogue's operands that have an element for each result, as a shortcut has;
    /// the others are the same for every pixel.
    List<Integer> residuals() {
      return IntStream.range(0, problem.operands().size())
          .filter(i -> problem.operands().get(i).row().stream().anyMatch(stride -> stride != 0))
          .boxed()
          .toList();
    }

    @Override
    public long channels() {
      return problem.channels();
    }
  }

  /// A pool of 2 x 2 pixels.
  record Pooled(Node node, Optional<Value> stored, Pool.Kind kind) implements Stage {
    @Override
    public long channels() {
      return node.result().shape().extent(1);
    }
  }

  /// The convolution at the start.
  Product first() {
    return (Product) stages.getFirst();
  }

  /// The products, in order.
  List<Product> products() {
    return stages.stream().filter(Product.class::isInstance).map(Product.class::cast).toList();
  }

  /// Whether one of the stages is a pool.
  boolean pools() {
    return stages.stream().anyMatch(Pooled.class::isInstance);
  }

  /// The chain that a region is; empty when it is none, or one that no kernel computes.
  static Optional<RegionChain> of(Region region, LoweringContext context) {
    Graph body = region.body();
    Map<Value, KnownConstant> constants = new IdentityHashMap<>();
    for (int i = 0; i < region.operands().size(); i++) {
      Value inside = body.inputs().get(i);
      context
          .constant(region.operands().get(i))
          .ifPresent(constant -> constants.put(inside, constant));
    }
    Map<Value, Value> stored = new IdentityHashMap<>();
    for (int i = 0; i < body.outputs().size(); i++) {
      stored.put(body.outputs().get(i).value(), context.node().results().get(i));
    }
    List<Stage> stages = new ArrayList<>();
    for (Node node : body.nodes()) {
      Optional<Value> target = Optional.ofNullable(stored.get(node.result()));
      LoweringContext own =
          new LoweringContext(node, context.device(), constants, context.library());
      Optional<? extends Stage> stage =
          isChannelsLastHalf(node.result()) ? stage(node, target, own, stages) : Optional.empty();
      if (stage.isEmpty()) {
        return Optional.empty();
      }
      stages.add(stage.get());
    }
    RegionChain chain = new RegionChain(stages);
    boolean served = stages.getLast().stored().isPresent();
    long pools = stages.stream().filter(Pooled.class::isInstance).count();
    return served && pools <= 1 && stages.getFirst() instanceof Product
        ? Optional.of(chain)
        : Optional.empty();
  }

  private static boolean isChannelsLastHalf(Value value) {
    return value.type().elementType() == DataType.F16
        && value.shape().rank() == 4
        && value.type().layout().isChannelsLast();
  }

  private static Optional<? extends Stage> stage(
      Node node, Optional<Value> stored, LoweringContext context, List<Stage> before) {
    return switch (node.op()) {
      case Convolution op -> product(op, node, stored, context, before);
      case Pool op -> pool(op, node, stored, before);
      default -> Optional.empty();
    };
  }

  private static Optional<Product> product(
      Convolution op,
      Node node,
      Optional<Value> stored,
      LoweringContext context,
      List<Stage> before) {
    boolean first = before.isEmpty();
    if (op.groups() != 1
        || op.window().rank() != 2
        || !isChannelsLastHalf(op.input())
        || context.constant(op.weight()).isEmpty()
        || !first && !(follows(op.input(), before) && op.window().isPointwise())
        || !first && op.epilogue().operands().contains(op.input())
        || before.stream().anyMatch(s -> op.epilogue().operands().contains(s.node().result()))) {
      return Optional.empty();
    }
    try {
      GemmProblem problem = GemmLifting.of(op, context);
      Product product =
          new Product(node, stored, problem, context.constant(op.weight()).orElseThrow());
      return product.residuals().stream().allMatch(i -> isByPixel(product, i))
          ? Optional.of(product)
          : Optional.empty();
    } catch (CodegenException e) {
      return Optional.empty();
    }
  }

  /// Whether an operand has an element for each result, the channels of a pixel next to each other.
  private static boolean isByPixel(Product product, int operand) {
    Value value = product.problem().operandValues().get(operand);
    return isChannelsLastHalf(value) && value.shape().equals(product.node().result().shape());
  }

  private static Optional<Pooled> pool(
      Pool op, Node node, Optional<Value> stored, List<Stage> before) {
    Window window = op.window();
    List<Long> two = List.of(2L, 2L);
    List<Long> zero = List.of(0L, 0L);
    boolean fits =
        !before.isEmpty()
            && follows(op.input(), before)
            && window.kernel().equals(two)
            && window.stride().equals(two)
            && window.padBefore().equals(zero)
            && window.padAfter().equals(zero)
            && window.dilation().equals(List.of(1L, 1L))
            // Windows that reach beyond the last pixel only exist where the extent is rounded up.
            && node.result().shape().extent(2) == op.input().shape().extent(2) / 2
            && node.result().shape().extent(3) == op.input().shape().extent(3) / 2;
    return fits ? Optional.of(new Pooled(node, stored, op.kind())) : Optional.empty();
  }

  private static boolean follows(Value input, List<Stage> before) {
    return before.getLast().node().result() == input;
  }
}
