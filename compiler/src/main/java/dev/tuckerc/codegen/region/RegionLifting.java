package dev.tuckerc.codegen.region;

import dev.tuckerc.codegen.emit.OutputOperand;
import dev.tuckerc.codegen.gemm.GemmLifting;
import dev.tuckerc.codegen.gemm.GemmProblem;
import dev.tuckerc.codegen.gemm.GroupMerging;
import dev.tuckerc.codegen.gemm.JoinedSums;
import dev.tuckerc.codegen.region.RegionChain.Depthwise;
import dev.tuckerc.codegen.region.RegionChain.Kept;
import dev.tuckerc.codegen.region.RegionChain.Pooled;
import dev.tuckerc.codegen.region.RegionChain.Product;
import dev.tuckerc.codegen.region.RegionChain.Stage;
import dev.tuckerc.codegen.region.RegionChain.Sum;
import dev.tuckerc.codegen.select.LoweringContext;
import dev.tuckerc.codegen.select.LoweringContext.KnownConstant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.ScalarExpression.Convert;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Brings regions into the form of a [RegionChain].
final class RegionLifting {
  private RegionLifting() {}

  /// The chain that a region is; empty when it is none, or one that no kernel computes.
  ///
  /// @throws dev.tuckerc.codegen.select.CodegenException when no kernel computes one of the
  ///   convolutions, naming it
  static Optional<RegionChain> of(Region region, LoweringContext context) {
    Graph body = region.body();
    DataType type = body.nodes().getFirst().result().type().elementType();
    Optional<RegionArithmetic> arithmetic = RegionArithmetic.of(type);
    if (arithmetic.isEmpty()) {
      return Optional.empty();
    }
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
    Optional<Value> image = image(body);
    for (Node node : body.nodes().subList(image.isPresent() ? 1 : 0, body.nodes().size())) {
      Optional<Value> target = Optional.ofNullable(stored.get(node.result()));
      LoweringContext own =
          new LoweringContext(node, context.model(), constants, context.library());
      if (!isPixels(node.result(), type)) {
        return Optional.empty();
      }
      Optional<Product> joined = joined(node, target, own, stages);
      if (joined.isPresent()) {
        stages.set(stages.size() - 1, joined.get());
        continue;
      }
      Optional<? extends Stage> stage = stage(node, target, own, stages);
      if (stage.isEmpty()) {
        return Optional.empty();
      }
      stages.add(stage.get());
    }
    if (stages.isEmpty()) {
      return Optional.empty();
    }
    RegionChain chain = new RegionChain(arithmetic.get(), image, stages, kept(stages, constants));
    boolean served =
        stages.getLast().stored().isPresent()
            && !chain.products().isEmpty()
            && (image.isEmpty() || chain.first() instanceof Product);
    long pools = stages.stream().filter(Pooled.class::isInstance).count();
    return served && pools <= 1 && stages.getFirst() instanceof Sum
        ? Optional.of(chain)
        : Optional.empty();
  }

  /// What the first node of a body converts to f16 with channels last, where it does so and the
  /// result is read once: nothing keeps the converted image, such as for a shortcut around the
  /// convolution.
  private static Optional<Value> image(Graph body) {
    Node first = body.nodes().getFirst();
    boolean converts =
        first.op() instanceof Pointwise conversion
            && conversion.body().equals(new Convert(DataType.F16, new Operand(0)))
            && conversion.operands().getFirst().type().elementType() == DataType.F32
            && conversion.operands().getFirst().type().layout().equals(Layout.ROW_MAJOR)
            && isPixels(first.result(), DataType.F16)
            && first.result().shape().extent(1) <= RegionArithmetic.TENSOR_CORES.chunk()
            && body.nodes().stream()
                    .flatMap(node -> node.op().operands().stream())
                    .filter(operand -> operand == first.result())
                    .count()
                == 1
            && body.outputs().stream().noneMatch(output -> output.value() == first.result());
    return converts ? Optional.of(first.op().operands().getFirst()) : Optional.empty();
  }

  private static List<Kept> kept(List<Stage> stages, Map<Value, KnownConstant> constants) {
    List<Kept> kept = new ArrayList<>();
    for (int i = 0; i < stages.size(); i++) {
      if (stages.get(i) instanceof Sum sum) {
        for (int j = 0; j < sum.problem().operands().size(); j++) {
          Value value = sum.problem().operandValues().get(j);
          OutputOperand operand = sum.problem().operands().get(j);
          KnownConstant constant = constants.get(value);
          if (constant != null
              && operand.type() == DataType.F32
              && operand.channel() == 1
              && value.shape().elementCount() == sum.channels()) {
            long offset = kept.isEmpty() ? 0 : kept.getLast().end();
            kept.add(new Kept(i, j, offset, sum.channels(), constant));
          }
        }
      }
    }
    return kept;
  }

  private static boolean isPixels(Value value, DataType type) {
    return value.type().elementType() == type
        && value.shape().rank() == 4
        && value.type().layout().isChannelsLast();
  }

  private static Optional<? extends Stage> stage(
      Node node, Optional<Value> stored, LoweringContext context, List<Stage> before) {
    return switch (node.op()) {
      case Convolution op -> sum(op, node, stored, context, before);
      case Pool op -> pool(op, node, stored, before);
      default -> Optional.empty();
    };
  }

  private static Optional<Sum> sum(
      Convolution op,
      Node node,
      Optional<Value> stored,
      LoweringContext context,
      List<Stage> before) {
    Optional<KnownConstant> weight = context.constant(op.weight());
    if (op.window().rank() != 2
        || !isPixels(op.input(), node.result().type().elementType())
        || weight.isEmpty()
        || !before.isEmpty() && !continues(op, before)) {
      return Optional.empty();
    }
    GemmProblem problem = GemmLifting.of(op, context);
    Optional<GemmProblem> byChannel = problem.byChannel();
    if (byChannel.isPresent()) {
      return byChannel
          .map(own -> new Depthwise(node, stored, own, weight.get()))
          .filter(own -> before.isEmpty() && own.residuals().isEmpty())
          .map(Sum.class::cast);
    }
    Optional<GemmProblem> ungrouped =
        op.groups() == 1 ? Optional.of(problem) : GroupMerging.all(problem);
    return ungrouped
        .map(own -> new Product(node, stored, own, weight.get()))
        .filter(own -> own.residuals().stream().allMatch(i -> isByPixel(own, i)))
        .map(Sum.class::cast);
  }

  /// The last product with the terms of a node that is added to it; empty where the node is a stage
  /// of its own. Its channels lie beside those of the tile before it, so there has to be one.
  private static Optional<Product> joined(
      Node node, Optional<Value> stored, LoweringContext context, List<Stage> before) {
    if (before.size() < 2
        || !(before.getLast() instanceof Product product)
        || product.stored().isPresent()
        || !(node.op() instanceof Convolution op)
        || op.window().rank() != 2
        || !isPixels(op.input(), node.result().type().elementType())
        || context.constant(op.weight()).isEmpty()
        || before.stream().anyMatch(stage -> stage.node().result() == op.input())) {
      return Optional.empty();
    }
    return JoinedSums.of(product.problem(), product.node().result(), GemmLifting.of(op, context))
        .map(problem -> new Product(node, stored, problem, product.weight()))
        .filter(own -> own.residuals().stream().allMatch(i -> isByPixel(own, i)));
  }

  /// Whether a convolution needs of the stages before it nothing but the last one's same pixels.
  private static boolean continues(Convolution op, List<Stage> before) {
    List<Value> added = op.epilogue().operands();
    return follows(op.input(), before)
        && op.window().isPointwise()
        && before.stream().noneMatch(stage -> added.contains(stage.node().result()));
  }

  /// Whether an operand has an element for each result, the channels of a pixel next to each other.
  private static boolean isByPixel(Product product, int operand) {
    Value value = product.problem().operandValues().get(operand);
    Value result = product.node().result();
    return isPixels(value, result.type().elementType()) && value.shape().equals(result.shape());
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
