package dev.tuckerc.onnx.operators;

import static dev.tuckerc.onnx.model.Scalars.binary;
import static dev.tuckerc.onnx.model.Scalars.literal;
import static dev.tuckerc.onnx.model.Scalars.multiply;
import static dev.tuckerc.onnx.model.Scalars.unary;
import static dev.tuckerc.onnx.model.Scalars.x;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Pad;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.List;

/// Pooling over windows and over whole planes.
public final class PoolImporters {
  private PoolImporters() {}

  static void register(OperatorRegistry registry) {
    registry.add("MaxPool", n -> pool(n, Pool.Kind.MAXIMUM, n.input(0)));
    registry.add("AveragePool", n -> pool(n, Pool.Kind.AVERAGE, n.floatInput(0)));
    registry.add("LpPool", PoolImporters::lpPool);
    registry.add("GlobalAveragePool", n -> global(n, Reduce.Kind.MEAN, n.floatInput(0)));
    registry.add("GlobalMaxPool", n -> global(n, Reduce.Kind.MAXIMUM, n.input(0)));
    registry.add("GlobalLpPool", PoolImporters::globalLpPool);
  }

  private static Value pool(OperatorContext node, Pool.Kind kind, Value input) {
    Window window = Windows.of(node, Windows.kernel(node), input.shape());
    boolean same = node.attributes().text("auto_pad", "").startsWith("SAME");
    // SAME pads so that every window is full.
    boolean ceil = !same && node.attributes().flag("ceil_mode", false);
    boolean countPadding = node.attributes().flag("count_include_pad", false);
    return node.emit(
        new Pool(kind, input, window, ceil, kind == Pool.Kind.AVERAGE && countPadding));
  }

  private static Value global(OperatorContext node, Reduce.Kind kind, Value input) {
    int rank = input.shape().rank();
    if (rank < 3) {
      throw new IrException("input " + input.type() + " has no spatial axes");
    }
    return node.reduce(kind, input, OperatorContext.axesFrom(2, rank), true);
  }

  /// `(sum |x|^p)^(1/p)` over windows: the average of the powers times the taps, on an input padded
  /// so that every window is full.
  private static Value lpPool(OperatorContext node) {
    Value input = node.floatInput(0);
    DataType type = input.type().elementType();
    long p = node.attributes().integer("p", 2);
    Window window = Windows.of(node, Windows.kernel(node), input.shape());
    boolean ceil = node.attributes().flag("ceil_mode", false);
    TensorType result = new Pool(Pool.Kind.AVERAGE, input, window, ceil, true).resultType();
    List<Long> before = new ArrayList<>(List.of(0L, 0L));
    List<Long> after = new ArrayList<>(List.of(0L, 0L));
    for (int axis = 0; axis < window.rank(); axis++) {
      long pad = window.padAfter().get(axis);
      if (ceil) {
        long reach =
            (result.shape().extent(axis + 2) - 1) * window.stride().get(axis) + window.span(axis);
        pad = Math.max(pad, reach - input.shape().extent(axis + 2) - window.padBefore().get(axis));
      }
      before.add(window.padBefore().get(axis));
      after.add(pad);
    }
    Value powers = node.pointwise(power(p, type), input);
    if (before.stream().anyMatch(v -> v != 0) || after.stream().anyMatch(v -> v != 0)) {
      powers = node.emit(new Pad(powers, before, after, Pad.Mode.CONSTANT, 0));
    }
    Window full =
        new Window(
            window.kernel(),
            window.stride(),
            Window.of(window.kernel()).padBefore(),
            Window.of(window.kernel()).padAfter(),
            window.dilation());
    Value mean = node.emit(new Pool(Pool.Kind.AVERAGE, powers, full, false, false));
    return node.pointwise(root(p, type, multiply(x(0), literal(type, window.taps()))), mean);
  }

  private static Value globalLpPool(OperatorContext node) {
    Value input = node.floatInput(0);
    DataType type = input.type().elementType();
    long p = node.attributes().integer("p", 2);
    Value sum = global(node, Reduce.Kind.SUM, node.pointwise(power(p, type), input));
    return node.pointwise(root(p, type, x(0)), sum);
  }

  /// `|x0|^p`
  static ScalarExpression power(long p, DataType type) {
    if (p == 2) {
      return multiply(x(0), x(0));
    }
    ScalarExpression magnitude = unary(UnaryFunction.ABS, x(0));
    return p == 1 ? magnitude : binary(BinaryFunction.POWER, magnitude, literal(type, p));
  }

  /// `value^(1/p)`
  static ScalarExpression root(long p, DataType type, ScalarExpression value) {
    if (p < 1) {
      throw new IrException("attribute 'p' must be positive");
    }
    if (p == 1) {
      return value;
    }
    return p == 2
        ? unary(UnaryFunction.SQRT, value)
        : binary(BinaryFunction.POWER, value, literal(type, 1.0 / p));
  }
}
