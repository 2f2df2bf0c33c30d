package dev.tuckerc.onnx.operators;

import static dev.tuckerc.onnx.model.Scalars.add;
import static dev.tuckerc.onnx.model.Scalars.convert;
import static dev.tuckerc.onnx.model.Scalars.equal;
import static dev.tuckerc.onnx.model.Scalars.integer;
import static dev.tuckerc.onnx.model.Scalars.less;
import static dev.tuckerc.onnx.model.Scalars.multiply;
import static dev.tuckerc.onnx.model.Scalars.or;
import static dev.tuckerc.onnx.model.Scalars.outside;
import static dev.tuckerc.onnx.model.Scalars.select;
import static dev.tuckerc.onnx.model.Scalars.x;

import dev.tuckerc.ir.ArgReduce;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Gather;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.content.Contents;
import dev.tuckerc.onnx.content.Scalar;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.List;

/// Operators that pick elements by computed positions. All are one Gather from the flattened input
/// at linear positions.
public final class IndexImporters {
  private IndexImporters() {}

  static void register(OperatorRegistry registry) {
    registry.add(
        "Gather",
        n -> n.emit(new Gather(n.input(0), n.input(1), n.attributes().integer("axis", 0))));
    registry.add("GatherElements", IndexImporters::gatherElements);
    registry.add("GatherND", IndexImporters::gatherNd);
    registry.add("OneHot", IndexImporters::oneHot);
    registry.add("Hardmax", IndexImporters::hardmax);
    registry.add("Compress", IndexImporters::compress);
    registry.add("NonZero", IndexImporters::nonZero);
    registry.addAll("TopK", TopKImporter::importNode);
    registry.add("NonMaxSuppression", NonMaxSuppressionImporter::importNode);
  }

  /// A position along an axis, negative ones counted from the end.
  static ScalarExpression position(ScalarExpression index, long extent) {
    ScalarExpression wide = convert(DataType.I64, index);
    ScalarExpression zero = integer(DataType.I64, 0);
    return select(less(wide, zero), add(wide, integer(DataType.I64, extent)), wide);
  }

  /// A position, or the first behind all where an index is outside its axis: it must not become the
  /// position of another element.
  static ScalarExpression checked(ScalarExpression outside, ScalarExpression linear, long count) {
    return select(outside, integer(DataType.I64, count), linear);
  }

  private static long[] strides(List<Long> extents) {
    long[] strides = new long[extents.size()];
    long stride = 1;
    for (int axis = strides.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= extents.get(axis);
    }
    return strides;
  }

  /// `y[i,j,k] = x[i, index[i,j,k], k]` for axis 1
  private static Value gatherElements(OperatorContext node) {
    Value input = node.input(0);
    Value indices = node.input(1);
    int axis = input.shape().normalizeAxis(node.attributes().integer("axis", 0));
    int rank = input.shape().rank();
    if (indices.shape().rank() != rank || !indices.type().elementType().isInteger()) {
      throw new IrException("indices " + indices.type() + " for input " + input.type());
    }
    return gatherElements(node, input, indices, axis);
  }

  /// The elements of the input at the indices' positions, the index replacing that along one axis.
  static Value gatherElements(OperatorContext node, Value input, Value indices, int axis) {
    int rank = input.shape().rank();
    long[] strides = strides(input.shape().extents());
    List<Value> operands = new ArrayList<>(List.of(indices));
    ScalarExpression linear =
        multiply(position(x(0), input.shape().extent(axis)), integer(DataType.I64, strides[axis]));
    for (int other = 0; other < rank; other++) {
      if (other != axis && indices.shape().extent(other) > 1) {
        operands.add(node.iota(indices.shape().extent(other), other, rank));
        linear =
            add(linear, multiply(x(operands.size() - 1), integer(DataType.I64, strides[other])));
      }
    }
    ScalarExpression outside =
        outside(position(x(0), input.shape().extent(axis)), input.shape().extent(axis));
    Value positions =
        node.emit(new Pointwise(operands, checked(outside, linear, input.shape().elementCount())));
    return node.emit(new Gather(flat(node, input, rank), positions, 0));
  }

  /// The input with its first `merged` axes made one.
  private static Value flat(OperatorContext node, Value input, int merged) {
    int rank = input.shape().rank();
    List<Dim> dims = new ArrayList<>(input.shape().dims().subList(merged, rank));
    dims.addFirst(ActivationImporters.product(input.shape().dims().subList(0, merged)));
    return node.reshape(input, new Shape(dims));
  }

  private static Value gatherNd(OperatorContext node) {
    Value input = node.input(0);
    Value indices = node.input(1);
    int rank = indices.shape().rank();
    if (rank < 1) {
      throw new IrException("indices " + indices.type());
    }
    int batch = (int) node.attributes().integer("batch_dims", 0);
    int depth = (int) indices.shape().extent(rank - 1);
    if (batch < 0 || depth < 1 || batch >= rank || batch + depth > input.shape().rank()) {
      throw new IrException("indices " + indices.type() + " for input " + input.type());
    }
    List<Long> extents = input.shape().extents().subList(0, batch + depth);
    long[] strides = strides(extents);
    List<Value> operands = new ArrayList<>();
    ScalarExpression linear = integer(DataType.I64, 0);
    ScalarExpression outside = integer(DataType.BOOL, 0);
    Shape outer = new Shape(indices.shape().dims().subList(0, rank - 1));
    for (int axis = 0; axis < batch + depth; axis++) {
      boolean isBatch = axis < batch;
      operands.add(
          isBatch
              ? node.iota(extents.get(axis), axis, rank - 1)
              : node.reshape(node.slice(indices, rank - 1, axis - batch, Dim.of(1)), outer));
      ScalarExpression operand = x(operands.size() - 1);
      ScalarExpression where = isBatch ? operand : position(operand, extents.get(axis));
      linear = add(linear, multiply(where, integer(DataType.I64, strides[axis])));
      outside = isBatch ? outside : or(outside, outside(where, extents.get(axis)));
    }
    long count = extents.stream().reduce(1L, Math::multiplyExact);
    Value positions = node.emit(new Pointwise(operands, checked(outside, linear, count)));
    return node.emit(new Gather(flat(node, input, batch + depth), positions, 0));
  }

  /// `index == position ? on : off`
  private static Value oneHot(OperatorContext node) {
    Value indices = node.input(0);
    long depth = node.reals(1, "depth").getFirst().longValue();
    Value values = node.input(2);
    int rank = indices.shape().rank() + 1;
    long stated = node.attributes().integer("axis", -1);
    long axis = stated < 0 ? stated + rank : stated;
    if (axis < 0 || axis >= rank || depth < 1 || !values.shape().equals(Shape.of(2))) {
      throw new IrException("axis " + stated + ", depth " + depth + ", values " + values.type());
    }
    List<Dim> dims = new ArrayList<>(indices.shape().dims());
    dims.add((int) axis, Dim.of(1));
    Value off = node.reshape(node.slice(values, 0, 0, Dim.of(1)), Shape.of());
    Value on = node.reshape(node.slice(values, 0, 1, Dim.of(1)), Shape.of());
    return node.pointwise(
        select(equal(position(x(0), depth), x(1)), x(2), x(3)),
        node.reshape(indices, new Shape(dims)),
        node.iota(depth, (int) axis, rank),
        on,
        off);
  }

  /// 1 at the first maximum along an axis, else 0. Before opset 13 the input counts as a matrix.
  private static Value hardmax(OperatorContext node) {
    Value input = node.floatInput(0);
    int rank = input.shape().rank();
    boolean coerced = node.opset() < 13;
    int axis = input.shape().normalizeAxis(node.attributes().integer("axis", coerced ? 1 : -1));
    Value work = input;
    if (coerced && axis != rank - 1) {
      work =
          node.reshape(
              input,
              ActivationImporters.product(input.shape().dims().subList(0, axis)),
              ActivationImporters.product(input.shape().dims().subList(axis, rank)));
      axis = 1;
    }
    Value largest = node.emit(new ArgReduce(ArgReduce.Kind.MAXIMUM, work, axis, true, false));
    Value positions = node.iota(work.shape().extent(axis), axis, work.shape().rank());
    Value hot =
        node.pointwise(convert(input.type().elementType(), equal(x(0), x(1))), largest, positions);
    return node.reshape(hot, input.shape());
  }

  /// Coordinates of the elements that are not zero, `[rank, count]`. Their count is part of the
  /// shape, so the input must be known.
  private static Value nonZero(OperatorContext node) {
    Contents input = node.contents(0, "the input, on which the result's shape depends,");
    List<Integer> positions = new ArrayList<>();
    for (int i = 0; i < input.elements().size(); i++) {
      boolean zero =
          switch (input.elements().get(i)) {
            case Scalar.Real(double value) -> value == 0;
            case Scalar.Int _, Scalar.Extent _ ->
                OperatorContext.integer(input.elements().get(i), "the input") == 0;
          };
      if (!zero) {
        positions.add(i);
      }
    }
    int rank = input.shape().size();
    long[] strides = strides(input.shape());
    long[] result = new long[rank * positions.size()];
    for (int axis = 0; axis < rank; axis++) {
      for (int i = 0; i < positions.size(); i++) {
        result[axis * positions.size() + i] =
            positions.get(i) / strides[axis] % input.shape().get(axis);
      }
    }
    return node.longs(List.of((long) rank, (long) positions.size()), result);
  }

  private static Value compress(OperatorContext node) {
    Value input = node.input(0);
    List<Long> condition = node.integers(1, "condition");
    Value source = node.attributes().has("axis") ? input : flat(node, input, input.shape().rank());
    int axis = source.shape().normalizeAxis(node.attributes().integer("axis", 0));
    List<Long> picked = new ArrayList<>();
    for (int i = 0; i < Math.min(condition.size(), source.shape().extent(axis)); i++) {
      if (condition.get(i) != 0) {
        picked.add((long) i);
      }
    }
    long[] indices = picked.stream().mapToLong(Long::longValue).toArray();
    return node.emit(new Gather(source, node.longs(List.of((long) indices.length), indices), axis));
  }
}
