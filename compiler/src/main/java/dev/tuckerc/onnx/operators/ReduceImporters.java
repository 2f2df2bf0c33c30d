package dev.tuckerc.onnx.operators;

import static dev.tuckerc.onnx.model.Scalars.add;
import static dev.tuckerc.onnx.model.Scalars.literal;
import static dev.tuckerc.onnx.model.Scalars.multiply;
import static dev.tuckerc.onnx.model.Scalars.select;
import static dev.tuckerc.onnx.model.Scalars.subtract;
import static dev.tuckerc.onnx.model.Scalars.unary;
import static dev.tuckerc.onnx.model.Scalars.x;

import dev.tuckerc.ir.ArgReduce;
import dev.tuckerc.ir.CumulativeSum;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import java.util.List;
import java.util.Optional;

/// Reductions over axes.
public final class ReduceImporters {
  private ReduceImporters() {}

  static void register(OperatorRegistry registry) {
    registry.add("ReduceSum", n -> reduce(n, Reduce.Kind.SUM, x(0), x(0)));
    registry.add("ReduceMean", n -> reduce(n, Reduce.Kind.MEAN, x(0), x(0)));
    registry.add("ReduceProd", n -> reduce(n, Reduce.Kind.PRODUCT, x(0), x(0)));
    registry.add("ReduceMax", n -> extremum(n, Reduce.Kind.MAXIMUM));
    registry.add("ReduceMin", n -> extremum(n, Reduce.Kind.MINIMUM));
    registry.add("ReduceL1", n -> reduce(n, Reduce.Kind.SUM, unary(UnaryFunction.ABS, x(0)), x(0)));
    registry.add(
        "ReduceL2",
        n -> reduce(n, Reduce.Kind.SUM, multiply(x(0), x(0)), unary(UnaryFunction.SQRT, x(0))));
    registry.add("ReduceSumSquare", n -> reduce(n, Reduce.Kind.SUM, multiply(x(0), x(0)), x(0)));
    registry.add(
        "ReduceLogSum", n -> reduce(n, Reduce.Kind.SUM, x(0), unary(UnaryFunction.LOG, x(0))));
    registry.add("ReduceLogSumExp", ReduceImporters::logSumExp);
    registry.add("ArgMax", n -> argument(n, ArgReduce.Kind.MAXIMUM));
    registry.add("ArgMin", n -> argument(n, ArgReduce.Kind.MINIMUM));
    registry.add("CumSum", ReduceImporters::cumulativeSum);
  }

  /// The axes to reduce; empty means that there are none.
  private static List<Long> axes(OperatorContext node) {
    int rank = node.input(0).shape().rank();
    Optional<List<Long>> axes = node.attributes().integers("axes");
    if (axes.isEmpty() && node.inputCount() > 1) {
      axes = node.optionalIntegers(1, "axes");
    }
    if (axes.isEmpty() || axes.get().isEmpty()) {
      return node.attributes().flag("noop_with_empty_axes", false)
          ? List.of()
          : OperatorContext.axesFrom(0, rank);
    }
    return axes.get();
  }

  private static boolean keepDims(OperatorContext node) {
    return node.attributes().flag("keepdims", true);
  }

  /// `after(reduce(before(x)))`
  private static Value reduce(
      OperatorContext node, Reduce.Kind kind, ScalarExpression before, ScalarExpression after) {
    Value input = node.input(0);
    List<Long> axes = axes(node);
    Value prepared = before.equals(x(0)) ? input : node.pointwise(before, input);
    Value reduced = node.reduce(kind, prepared, axes, keepDims(node));
    return after.equals(x(0)) ? reduced : node.pointwise(after, reduced);
  }

  /// Booleans are reduced as numbers.
  private static Value extremum(OperatorContext node, Reduce.Kind kind) {
    Value input = node.input(0);
    if (input.type().elementType() != DataType.BOOL) {
      return reduce(node, kind, x(0), x(0));
    }
    Value numbers = node.convert(input, DataType.U8);
    return node.convert(node.reduce(kind, numbers, axes(node), keepDims(node)), DataType.BOOL);
  }

  /// `log(sum(exp(x - m))) + m` with `m` the maximum, or 0 where that is infinite.
  private static Value logSumExp(OperatorContext node) {
    Value input = node.floatInput(0);
    List<Long> axes = axes(node);
    if (axes.isEmpty()) {
      return input;
    }
    ScalarExpression zero = literal(input.type().elementType(), 0);
    Value maximum = node.reduce(Reduce.Kind.MAXIMUM, input, axes, true);
    Value shift =
        node.pointwise(select(unary(UnaryFunction.IS_INFINITE, x(0)), zero, x(0)), maximum);
    Value powers = node.pointwise(unary(UnaryFunction.EXP, subtract(x(0), x(1))), input, shift);
    Value sum = node.reduce(Reduce.Kind.SUM, powers, axes, true);
    Value result = node.pointwise(add(unary(UnaryFunction.LOG, x(0)), x(1)), sum, shift);
    return node.reshape(
        result, new Reduce(Reduce.Kind.SUM, input, axes, keepDims(node)).resultType().shape());
  }

  private static Value argument(OperatorContext node, ArgReduce.Kind kind) {
    return node.emit(
        new ArgReduce(
            kind,
            node.input(0),
            node.attributes().integer("axis", 0),
            keepDims(node),
            node.attributes().flag("select_last_index", false)));
  }

  private static Value cumulativeSum(OperatorContext node) {
    return node.emit(
        new CumulativeSum(
            node.input(0),
            node.integers(1, "axis").getFirst(),
            node.attributes().flag("exclusive", false),
            node.attributes().flag("reverse", false)));
  }
}
