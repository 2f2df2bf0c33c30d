package dev.tuckerc.transform.precision;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.ConvolutionTranspose;
import dev.tuckerc.ir.CumulativeSum;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Pad;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.Relayout;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Slice;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Remark;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Decides which F32 values of a graph stay F32 when it is lowered to half precision.
///
/// - Integers that half precision cannot count to, and values known to exceed its range.
/// - What is only an intermediate result of one operator of the model, such as the squares of a
///   normalisation; but a value between two convolutions is an activation, whatever operator they
///   stand for.
/// - Squares, powers and exponentials that are summed up, and the sums: where a model spells a
///   normalisation out.
/// - What is computed from such sums alone: it is small, so that F32 costs nothing.
final class SinglePrecisionValues {
  /// Half precision holds every integer up to here.
  private static final double EXACT_INTEGERS = 2048;

  private static final double LARGEST_HALF = 65504;

  private final ValueRanges ranges;
  private final PassContext context;
  private final Map<Value, List<Node>> users = new IdentityHashMap<>();
  private final Set<Value> inputs = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Set<Value> outputs = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Set<Value> constants = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Set<Value> single = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Set<Value> statistics = Collections.newSetFromMap(new IdentityHashMap<>());

  SinglePrecisionValues(Graph graph, PassContext context) {
    this.context = context;
    this.ranges = new ValueRanges(graph);
    inputs.addAll(graph.inputs());
    graph.outputs().forEach(output -> outputs.add(output.value()));
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Constant) {
        constants.add(node.result());
      }
      for (Value operand : node.op().operands()) {
        users.computeIfAbsent(operand, _ -> new ArrayList<>()).add(node);
      }
    }
    for (Node node : graph.nodes()) {
      if (isSingle(node.result()) && !(node.op() instanceof Constant) && stays(node)) {
        single.add(node.result());
      }
    }
    // What keeps its operand's type needs the operand in it.
    for (Node node : graph.nodes().reversed()) {
      if (single.contains(node.result()) && keepsType(node.op())) {
        node.op().operands().stream().filter(SinglePrecisionValues::isSingle).forEach(single::add);
      }
    }
  }

  boolean contains(Value value) {
    return single.contains(value);
  }

  /// Whether half precision holds a value, as far as its range is known.
  boolean fitsHalf(Value value) {
    ValueRange range = ranges.of(value);
    return !range.isFinite() || range.magnitude() <= LARGEST_HALF;
  }

  private static boolean isSingle(Value value) {
    return value.type().elementType() == DataType.F32;
  }

  private static boolean keepsType(Op op) {
    return !(op instanceof Pointwise || op instanceof Reduce);
  }

  private static boolean isProduct(Op op) {
    return op instanceof Convolution || op instanceof ConvolutionTranspose || op instanceof MatMul;
  }

  private List<Node> users(Value value) {
    return users.getOrDefault(value, List.of());
  }

  private boolean stays(Node node) {
    ValueRange range = ranges.of(node.result());
    if (range.integral() && range.magnitude() > EXACT_INTEGERS) {
      note(node, "it holds integers that half precision cannot tell apart");
      return true;
    }
    if (isProduct(node.op())) {
      boolean fits =
          node.op().operands().stream()
              .filter(SinglePrecisionValues::isSingle)
              .limit(2)
              .allMatch(this::fitsHalf);
      if (!fits) {
        note(node, "an operand has elements beyond the +-65504 of half precision");
      }
      return !fits;
    }
    if (!fitsHalf(node.result())) {
      note(node, "its elements may exceed the +-65504 of half precision");
      return true;
    }
    if (isStatistic(node)) {
      statistics.add(node.result());
      return true;
    }
    return isIntermediate(node) || isSummedUp(node);
  }

  private void note(Node node, String why) {
    String message = "%" + node.result().name() + " stays in single precision: " + why;
    context.remark(Remark.Kind.NOTE, "precision", node.location(), message);
  }

  /// Whether a value never leaves the operator of the model that it belongs to. What has its
  /// operands' type stays single only where these are: an activation that is only moved is no more
  /// exact for it.
  private boolean isIntermediate(Node node) {
    List<Location.Origin> origins = node.location().origins();
    boolean exact =
        !keepsType(node.op())
            || node.op().operands().stream()
                .filter(SinglePrecisionValues::isSingle)
                .allMatch(v -> single.contains(v) || constants.contains(v) || inputs.contains(v));
    return exact
        && !origins.isEmpty()
        && !outputs.contains(node.result())
        && users(node.result()).stream()
            .allMatch(user -> user.location().origins().equals(origins) && !isProduct(user.op()));
  }

  /// Whether a value may be much larger than what it is computed from, and is summed up.
  private boolean isSummedUp(Node node) {
    boolean large =
        switch (node.op()) {
          case CumulativeSum _ -> true;
          case Pointwise pointwise -> expands(pointwise.body(), pointwise.operands());
          case Reshape reshape -> single.contains(reshape.input());
          case Transpose transpose -> single.contains(transpose.input());
          case Slice slice -> single.contains(slice.input());
          case Pad pad -> single.contains(pad.input());
          default -> false;
        };
    return large && (node.op() instanceof CumulativeSum || feedsSum(node.result()));
  }

  /// Whether a sum reads a value, perhaps in another shape or order.
  private boolean feedsSum(Value value) {
    return users(value).stream()
        .anyMatch(user ->
            switch (user.op()) {
              case Reduce _, CumulativeSum _, Pool _ -> true;
              case Reshape _, Transpose _, Slice _, Pad _ -> feedsSum(user.result());
              default -> false;
            });
  }

  private boolean expands(ScalarExpression expression, List<Value> operands) {
    return switch (expression) {
      case ScalarExpression.Operand _, ScalarExpression.Literal _ -> false;
      case ScalarExpression.Unary(UnaryFunction function, ScalarExpression argument) ->
          function == UnaryFunction.EXP || expands(argument, operands);
      case ScalarExpression.Binary(
              BinaryFunction function,
              ScalarExpression left,
              ScalarExpression right) ->
          function == BinaryFunction.POWER
              || function == BinaryFunction.MULTIPLY
                  && varies(left, operands)
                  && varies(right, operands)
              || expands(left, operands)
              || expands(right, operands);
      case ScalarExpression.Select(ScalarExpression _, ScalarExpression yes, ScalarExpression no) ->
          expands(yes, operands) || expands(no, operands);
      case ScalarExpression.Convert(DataType _, ScalarExpression argument) ->
          expands(argument, operands);
    };
  }

  private boolean varies(ScalarExpression expression, List<Value> operands) {
    boolean[] varies = {false};
    expression.substitute(index -> {
      varies[0] |= !constants.contains(operands.get(index));
      return new ScalarExpression.Operand(index);
    });
    return varies[0];
  }

  /// A sum or extreme that scalar work goes on with, or what is computed from those alone.
  private boolean isStatistic(Node node) {
    return switch (node.op()) {
      case Reduce reduce ->
          outputs.contains(node.result())
              || reduce.kind() == Reduce.Kind.SUM
              || reduce.kind() == Reduce.Kind.PRODUCT
              || users(node.result()).stream().anyMatch(user -> user.op() instanceof Pointwise);
      case Pointwise pointwise -> {
        List<Value> computed =
            pointwise.operands().stream().filter(v -> !constants.contains(v)).toList();
        yield !computed.isEmpty()
            && statistics.containsAll(computed)
            && computed.stream().anyMatch(v -> v.shape().equals(node.result().shape()));
      }
      case Reshape reshape -> statistics.contains(reshape.input());
      case Transpose transpose -> statistics.contains(transpose.input());
      case Slice slice -> statistics.contains(slice.input());
      case Relayout relayout -> statistics.contains(relayout.operands().getFirst());
      default -> false;
    };
  }
}
