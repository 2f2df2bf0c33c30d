package dev.tuckerc.onnx.operators;

import static dev.tuckerc.onnx.model.Scalars.add;
import static dev.tuckerc.onnx.model.Scalars.binary;
import static dev.tuckerc.onnx.model.Scalars.integer;
import static dev.tuckerc.onnx.model.Scalars.literal;
import static dev.tuckerc.onnx.model.Scalars.multiply;
import static dev.tuckerc.onnx.model.Scalars.subtract;
import static dev.tuckerc.onnx.model.Scalars.unary;
import static dev.tuckerc.onnx.model.Scalars.x;

import dev.tuckerc.ir.ArgPool;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Pad;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Scatter;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Pooling over windows and over whole planes.
public final class PoolImporters {
  private PoolImporters() {}

  static void register(OperatorRegistry registry) {
    registry.addAll("MaxPool", PoolImporters::maximum);
    registry.add("MaxUnpool", PoolImporters::unpool);
    registry.add("AveragePool", n -> pool(n, Pool.Kind.AVERAGE, n.floatInput(0)));
    registry.add("LpPool", PoolImporters::lpPool);
    registry.add("GlobalAveragePool", n -> global(n, Reduce.Kind.MEAN, n.floatInput(0)));
    registry.add("GlobalMaxPool", n -> global(n, Reduce.Kind.MAXIMUM, n.input(0)));
    registry.add("GlobalLpPool", PoolImporters::globalLpPool);
  }

  /// The maxima, and where they are, counted through the whole input.
  private static List<Value> maximum(OperatorContext node) {
    Value input = node.input(0);
    Value largest = pool(node, Pool.Kind.MAXIMUM, input);
    if (!node.wantsOutput(1)) {
      return List.of(largest);
    }
    Pool pool = windows(node, Pool.Kind.MAXIMUM, input);
    Value inPlane = node.emit(new ArgPool(input, pool.window(), pool.ceil()));
    List<Long> spatial = input.shape().extents().subList(2, input.shape().rank());
    long plane = spatial.stream().reduce(1L, Math::multiplyExact);
    ScalarExpression place = x(0);
    if (node.attributes().flag("storage_order", false)) {
      // The same place with the first of the spatial axes counted fastest.
      place = integer(DataType.I64, 0);
      long slow = plane;
      long fast = 1;
      for (long extent : spatial) {
        slow /= extent;
        ScalarExpression coordinate =
            binary(
                BinaryFunction.REMAINDER,
                binary(BinaryFunction.DIVIDE, x(0), integer(DataType.I64, slow)),
                integer(DataType.I64, extent));
        place = add(place, multiply(coordinate, integer(DataType.I64, fast)));
        fast *= extent;
      }
    }
    return List.of(
        largest,
        node.pointwise(
            add(place, multiply(x(1), integer(DataType.I64, plane))),
            inPlane,
            planes(node, inPlane.shape())));
  }

  /// The number of each plane of a tensor `[N, C, spatial...]`, to broadcast.
  private static Value planes(OperatorContext node, Shape shape) {
    long count = shape.extent(0) * shape.extent(1);
    List<Dim> dims = new ArrayList<>(Collections.nCopies(shape.rank(), Dim.of(1)));
    dims.set(0, shape.dim(0));
    dims.set(1, shape.dim(1));
    return node.reshape(node.iota(count, 0, 1), new Shape(dims));
  }

  /// Zeros with every element put back to where MaxPool found it.
  private static Value unpool(OperatorContext node) {
    Value input = node.input(0);
    Value indices = node.input(1);
    int rank = input.shape().rank();
    if (rank < 3 || !indices.shape().equals(input.shape())) {
      throw new IrException("indices " + indices.type() + " for input " + input.type());
    }
    List<Long> kernel = Windows.kernel(node);
    List<Long> stride = Windows.list(node, "strides", rank - 2, 1);
    List<Long> pads = Windows.list(node, "pads", 2 * (rank - 2), 0);
    List<Long> extents = new ArrayList<>(input.shape().extents().subList(0, 2));
    for (int axis = 0; axis < rank - 2; axis++) {
      extents.add(
          (input.shape().extent(axis + 2) - 1) * stride.get(axis)
              + kernel.get(axis)
              - pads.get(axis)
              - pads.get(rank - 2 + axis));
    }
    Shape shape = Shape.of(extents);
    long plane = extents.subList(2, rank).stream().reduce(1L, Math::multiplyExact);
    Dim planes = Dim.of(extents.get(0) * extents.get(1));
    long count = input.shape().elementCount() / Math.max(1, planes.extent());
    Value places =
        node.pointwise(
            subtract(x(0), multiply(x(1), integer(DataType.I64, plane))),
            indices,
            planes(node, input.shape()));
    Value zeros =
        node.filled(
            Tensor.scalar(input.type().elementType(), 0),
            new Shape(List.of(planes, Dim.of(plane), Dim.of(1))));
    Value result =
        node.emit(
            new Scatter(
                zeros,
                node.reshape(places, planes, Dim.of(count), Dim.of(1)),
                node.reshape(input, planes, Dim.of(count), Dim.of(1)),
                Scatter.Combination.REPLACE));
    Value unpooled = node.reshape(result, shape);
    List<Long> wanted = node.optionalIntegers(2, "output_shape").orElse(extents);
    if (wanted.equals(extents)) {
      return unpooled;
    }
    // A larger result is filled up behind what is known.
    List<Long> after = new ArrayList<>();
    for (int axis = 0; axis < rank; axis++) {
      after.add(wanted.size() == rank ? wanted.get(axis) - extents.get(axis) : -1);
    }
    if (after.stream().anyMatch(more -> more < 0)) {
      throw new IrException("output_shape " + wanted + " for a result of " + shape);
    }
    return node.emit(new Pad(unpooled, Collections.nCopies(rank, 0L), after, Pad.Mode.CONSTANT, 0));
  }

  private static Value pool(OperatorContext node, Pool.Kind kind, Value input) {
    return node.emit(windows(node, kind, input));
  }

  private static Pool windows(OperatorContext node, Pool.Kind kind, Value input) {
    Window window = Windows.of(node, Windows.kernel(node), input.shape());
    boolean same = node.attributes().text("auto_pad", "").startsWith("SAME");
    // SAME pads so that every window is full.
    boolean ceil = !same && node.attributes().flag("ceil_mode", false);
    boolean countPadding = node.attributes().flag("count_include_pad", false);
    return new Pool(kind, input, window, ceil, kind == Pool.Kind.AVERAGE && countPadding);
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
    DataType type = OperatorContext.wide(input.type().elementType());
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
    Value powers = node.widePointwise(power(p, type), input);
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
    return node.convert(
        node.pointwise(root(p, type, multiply(x(0), literal(type, window.taps()))), mean),
        input.type().elementType());
  }

  private static Value globalLpPool(OperatorContext node) {
    Value input = node.floatInput(0);
    DataType type = OperatorContext.wide(input.type().elementType());
    long p = node.attributes().integer("p", 2);
    Value sum = global(node, Reduce.Kind.SUM, node.widePointwise(power(p, type), input));
    return node.convert(node.pointwise(root(p, type, x(0)), sum), input.type().elementType());
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
