package dev.tuckerc.onnx.operators;

import static dev.tuckerc.onnx.model.Scalars.add;
import static dev.tuckerc.onnx.model.Scalars.integer;
import static dev.tuckerc.onnx.model.Scalars.multiply;

import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Pad;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Scatter;
import dev.tuckerc.ir.Scatter.Combination;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.model.Scalars;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// Operators that write elements to computed places of a copy.
public final class ScatterImporters {
  private ScatterImporters() {}

  static void register(OperatorRegistry registry) {
    registry.add("Scatter", ScatterImporters::elements);
    registry.add("ScatterElements", ScatterImporters::elements);
    registry.add("ScatterND", ScatterImporters::rows);
  }

  /// Every element looks through the indices of its row; more comparisons take seconds.
  private static final long MOST_COMPARISONS = 1L << 36;

  private static Value emit(OperatorContext node, Scatter scatter) {
    double comparisons =
        (double) scatter.input().shape().elementCount() * scatter.indices().shape().extent(1);
    if (comparisons > MOST_COMPARISONS) {
      throw OperatorContext.unsupported(
          scatter.updates().type() + " scattered into " + scatter.input().type());
    }
    return node.emit(scatter);
  }

  private static Combination combination(OperatorContext node) {
    return switch (node.attributes().text("reduction", "none")) {
      case "none" -> Combination.REPLACE;
      case "add" -> Combination.ADD;
      case "mul" -> Combination.MULTIPLY;
      case "max" -> Combination.MAXIMUM;
      case "min" -> Combination.MINIMUM;
      case String other -> throw new IrException("unknown reduction '" + other + "'");
    };
  }

  /// `y[i, index[i,j,k], k] = updates[i,j,k]` for axis 1. Where the indices cover a part of the
  /// other axes only, they are filled up with an index that is outside.
  private static Value elements(OperatorContext node) {
    Value input = node.input(0);
    Value indices = node.input(1);
    Value updates = node.input(2);
    int rank = input.shape().rank();
    int axis = input.shape().normalizeAxis(node.attributes().integer("axis", 0));
    if (indices.shape().rank() != rank || !indices.shape().equals(updates.shape())) {
      throw new IrException(
          "indices " + indices.type() + " and updates " + updates.type() + " for " + input.type());
    }
    List<Long> after = new ArrayList<>();
    for (int other = 0; other < rank; other++) {
      long missing =
          other == axis ? 0 : input.shape().extent(other) - indices.shape().extent(other);
      if (missing < 0) {
        throw new IrException("indices " + indices.type() + " for " + input.type());
      }
      after.add(missing);
    }
    List<Long> before = Collections.nCopies(rank, 0L);
    Value at = node.convert(indices, DataType.I64);
    Value values = updates;
    if (after.stream().anyMatch(missing -> missing > 0)) {
      at = node.emit(new Pad(at, before, after, Pad.Mode.CONSTANT, Scatter.NOWHERE));
      values = node.emit(new Pad(updates, before, after, Pad.Mode.CONSTANT, 0));
    }
    Scatter scatter =
        new Scatter(
            around(node, input, axis),
            around(node, at, axis),
            around(node, values, axis),
            combination(node));
    return node.reshape(emit(node, scatter), input.shape());
  }

  /// The axes before one, it, and those behind it, as three.
  private static Value around(OperatorContext node, Value value, int axis) {
    List<Dim> dims = value.shape().dims();
    return node.reshape(
        value,
        ActivationImporters.product(dims.subList(0, axis)),
        dims.get(axis),
        ActivationImporters.product(dims.subList(axis + 1, dims.size())));
  }

  /// `y[indices[i, :], ...] = updates[i, ...]`
  private static Value rows(OperatorContext node) {
    Value input = node.input(0);
    Value indices = node.input(1);
    Value updates = node.input(2);
    int rank = indices.shape().rank();
    int depth = rank < 1 ? 0 : (int) indices.shape().extent(rank - 1);
    if (depth < 1 || depth > input.shape().rank()) {
      throw new IrException("indices " + indices.type() + " for input " + input.type());
    }
    List<Dim> outer = indices.shape().dims().subList(0, rank - 1);
    List<Dim> expected = new ArrayList<>(outer);
    expected.addAll(input.shape().dims().subList(depth, input.shape().rank()));
    if (!updates.shape().equals(new Shape(expected))) {
      throw new IrException("updates " + updates.type() + " where " + expected + " is expected");
    }
    List<Value> operands = new ArrayList<>();
    ScalarExpression linear = integer(DataType.I64, 0);
    ScalarExpression outside = integer(DataType.BOOL, 0);
    long rows = 1;
    for (int axis = 0; axis < depth; axis++) {
      long extent = input.shape().extent(axis);
      operands.add(node.reshape(node.slice(indices, rank - 1, axis, Dim.of(1)), new Shape(outer)));
      ScalarExpression at = IndexImporters.position(Scalars.x(axis), extent);
      linear = add(multiply(linear, integer(DataType.I64, extent)), at);
      outside = Scalars.or(outside, Scalars.outside(at, extent));
      rows *= extent;
    }
    Value positions =
        node.emit(new Pointwise(operands, IndexImporters.checked(outside, linear, rows)));
    Dim count = ActivationImporters.product(outer);
    Dim inner =
        ActivationImporters.product(input.shape().dims().subList(depth, input.shape().rank()));
    Scatter scatter =
        new Scatter(
            node.reshape(input, Dim.of(1), Dim.of(rows), inner),
            node.reshape(positions, Dim.of(1), count, Dim.of(1)),
            node.reshape(updates, Dim.of(1), count, inner),
            combination(node));
    return node.reshape(emit(node, scatter), input.shape());
  }
}
