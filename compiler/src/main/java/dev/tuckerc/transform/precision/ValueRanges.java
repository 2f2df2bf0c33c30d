package dev.tuckerc.transform.precision;

import dev.tuckerc.ir.ArgReduce;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Broadcast;
import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.CumulativeSum;
import dev.tuckerc.ir.Gather;
import dev.tuckerc.ir.Graph;
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
import dev.tuckerc.ir.Softmax;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// An interval for every value of a graph, as far as types, constants and the arithmetic tell.
///
/// Sums of products are followed for integers only: the worst case of a real sum, over layer after
/// layer, says nothing of what a network computes.
final class ValueRanges {
  private final Map<Value, ValueRange> ranges = new IdentityHashMap<>();

  ValueRanges(Graph graph) {
    for (Node node : graph.nodes()) {
      ValueRange range = range(node.op());
      DataType type = node.result().type().elementType();
      ranges.put(node.result(), type.isFloat() ? range : within(range, type));
    }
  }

  ValueRange of(Value value) {
    return ranges.getOrDefault(value, ValueRange.of(value.type().elementType()));
  }

  /// An integer that leaves its type wraps: then its type is all that is known.
  private static ValueRange within(ValueRange range, DataType type) {
    ValueRange all = ValueRange.of(type);
    return range.low() >= all.low() && range.high() <= all.high() ? range : all;
  }

  private ValueRange range(Op op) {
    return switch (op) {
      case Constant constant -> ValueRange.of(constant.tensor());
      case Pointwise pointwise -> of(pointwise.body(), pointwise.operands());
      case Reduce reduce -> reduced(reduce);
      case ArgReduce reduce -> {
        var dim = reduce.input().shape().dim((int) reduce.axis());
        yield dim.isKnown()
            ? new ValueRange(
                0, Math.max(0, reduce.input().shape().extent((int) reduce.axis()) - 1), true)
            : ValueRange.of(DataType.I64);
      }
      case CumulativeSum sum -> {
        var dim = sum.input().shape().dim((int) sum.axis());
        yield dim.isKnown()
            ? of(sum.input())
                .times(sum.input().shape().extent((int) sum.axis()))
                .union(of(sum.input()))
            : ValueRange.UNKNOWN;
      }
      case Softmax softmax when !softmax.logarithm() -> new ValueRange(0, 1, false);
      case Broadcast b -> of(b.input());
      case Reshape r -> of(r.input());
      case Transpose t -> of(t.input());
      case Slice s -> of(s.input());
      case Relayout r -> of(r.operands().getFirst());
      case Gather g -> of(g.input());
      case Pad pad -> of(pad.input()).union(new ValueRange(pad.value(), pad.value(), true));
      case Pool pool ->
          pool.kind() == Pool.Kind.MAXIMUM ? of(pool.input()) : of(pool.input()).asReal();
      case Concat concat ->
          concat.operands().stream().map(this::of).reduce(ValueRange::union).orElseThrow();
      case MatMul product when product.epilogue().isIdentity() -> {
        int rank = product.a().shape().rank();
        yield product.a().shape().dim(rank - 1).isKnown()
            ? products(product.a(), product.b(), product.a().shape().extent(rank - 1))
            : ValueRange.UNKNOWN;
      }
      case Convolution conv when conv.epilogue().isIdentity() -> {
        long terms =
            conv.weight().shape().elementCount() / Math.max(1, conv.weight().shape().extent(0));
        ValueRange sum = products(conv.input(), conv.weight(), terms);
        yield conv.bias().isPresent() ? sum.plus(of(conv.bias().get())) : sum;
      }
      default -> ValueRange.UNKNOWN;
    };
  }

  private ValueRange products(Value a, Value b, long terms) {
    ValueRange product = of(a).times(of(b));
    return product.integral()
        ? product.times(terms).union(new ValueRange(0, 0, true))
        : ValueRange.UNKNOWN;
  }

  private ValueRange reduced(Reduce reduce) {
    ValueRange input = of(reduce.input());
    long count = 1;
    for (long axis : reduce.axes()) {
      if (!reduce.input().shape().dim((int) axis).isKnown()) {
        return ValueRange.UNKNOWN;
      }
      count *= reduce.input().shape().extent((int) axis);
    }
    return switch (reduce.kind()) {
      case SUM -> input.times(count);
      case MEAN -> input.asReal();
      case MAXIMUM, MINIMUM -> count == 0 ? ValueRange.UNKNOWN : input;
      case PRODUCT -> ValueRange.UNKNOWN;
    };
  }

  private ValueRange of(ScalarExpression expression, List<Value> operands) {
    return switch (expression) {
      case ScalarExpression.Operand(int index) -> of(operands.get(index));
      case ScalarExpression.Literal(DataType _, double value, long _) ->
          new ValueRange(value, value, value == Math.rint(value));
      case ScalarExpression.Unary(UnaryFunction function, ScalarExpression argument) ->
          unary(function, of(argument, operands));
      case ScalarExpression.Binary(
              BinaryFunction function,
              ScalarExpression left,
              ScalarExpression right) ->
          binary(function, of(left, operands), of(right, operands));
      case ScalarExpression.Select(ScalarExpression _, ScalarExpression yes, ScalarExpression no) ->
          of(yes, operands).union(of(no, operands));
      case ScalarExpression.Convert(DataType type, ScalarExpression argument) -> {
        ValueRange range = of(argument, operands);
        yield type.isFloat()
            ? range
            : range.isFinite() ? within(range.asInteger(), type) : ValueRange.of(type);
      }
    };
  }

  private static ValueRange unary(UnaryFunction function, ValueRange x) {
    return switch (function) {
      case NEGATE -> x.negated();
      case ABS -> new ValueRange(0, x.magnitude(), x.integral());
      case RELU -> x.clamped(0, Double.POSITIVE_INFINITY);
      case FLOOR, CEIL, ROUND -> x.asInteger();
      case SIGN -> new ValueRange(-1, 1, true);
      case SIGMOID -> new ValueRange(0, 1, false);
      case TANH, ERF, SIN, COS -> new ValueRange(-1, 1, false);
      case NOT, IS_NAN, IS_INFINITE -> new ValueRange(0, 1, true);
      default -> ValueRange.UNKNOWN;
    };
  }

  private static ValueRange binary(BinaryFunction function, ValueRange a, ValueRange b) {
    return switch (function) {
      case ADD -> a.plus(b);
      case SUBTRACT -> a.plus(b.negated());
      case MULTIPLY -> a.times(b);
      case MINIMUM ->
          new ValueRange(
              Math.min(a.low(), b.low()),
              Math.min(a.high(), b.high()),
              a.integral() && b.integral());
      case MAXIMUM ->
          new ValueRange(
              Math.max(a.low(), b.low()),
              Math.max(a.high(), b.high()),
              a.integral() && b.integral());
      case EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, AND, OR, XOR ->
          new ValueRange(0, 1, true);
      default -> ValueRange.UNKNOWN;
    };
  }
}
