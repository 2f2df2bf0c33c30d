package dev.tuckerc.onnx.operators;

import static dev.tuckerc.onnx.model.Scalars.binary;
import static dev.tuckerc.onnx.model.Scalars.convert;
import static dev.tuckerc.onnx.model.Scalars.equal;
import static dev.tuckerc.onnx.model.Scalars.integer;
import static dev.tuckerc.onnx.model.Scalars.literal;
import static dev.tuckerc.onnx.model.Scalars.select;
import static dev.tuckerc.onnx.model.Scalars.subtract;
import static dev.tuckerc.onnx.model.Scalars.x;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.model.NodeAttributes;
import dev.tuckerc.onnx.model.OnnxTypes;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/// Operators that make data from attributes, sizes or nothing.
public final class GeneratorImporters {
  /// A longer Range is refused: its elements are stored in the model.
  private static final double LONGEST_RANGE = 1 << 24;

  private GeneratorImporters() {}

  static void register(OperatorRegistry registry) {
    registry.add("Constant", GeneratorImporters::constant);
    registry.add("ConstantOfShape", GeneratorImporters::constantOfShape);
    registry.add("Range", GeneratorImporters::range);
    registry.add("EyeLike", GeneratorImporters::eyeLike);
    registry.add("Trilu", GeneratorImporters::triangle);
  }

  private static Value constant(OperatorContext node) {
    NodeAttributes attributes = node.attributes();
    Optional<Tensor> tensor =
        attributes
            .tensor("value")
            .or(() -> real(attributes))
            .or(() -> attributes.integer("value_int").map(v -> Tensor.ofLongs(List.of(), v)))
            .or(() -> attributes.reals("value_floats").map(GeneratorImporters::floats))
            .or(() -> attributes.integers("value_ints").map(GeneratorImporters::longs));
    return node.constant(
        tensor.orElseThrow(
            () -> OperatorContext.unsupported("its value is sparse, a string or missing")));
  }

  private static Optional<Tensor> real(NodeAttributes attributes) {
    return attributes.has("value_float")
        ? Optional.of(Tensor.scalar(DataType.F32, attributes.real("value_float", 0)))
        : Optional.empty();
  }

  private static Tensor floats(List<Float> values) {
    Tensor tensor = Tensor.zeros(DataType.F32, List.of((long) values.size()));
    for (int i = 0; i < values.size(); i++) {
      tensor.setDouble(i, values.get(i));
    }
    return tensor;
  }

  private static Tensor longs(List<Long> values) {
    return Tensor.ofLongs(
        List.of((long) values.size()), values.stream().mapToLong(Long::longValue).toArray());
  }

  private static Value constantOfShape(OperatorContext node) {
    Tensor value = node.attributes().tensor("value").orElse(Tensor.scalar(DataType.F32, 0));
    if (value.size() != 1) {
      throw new IrException("attribute 'value' has " + value.size() + " elements, expected one");
    }
    return node.filled(value, node.extents(0, "shape"));
  }

  private static Value range(OperatorContext node) {
    DataType type = node.input(0).type().elementType();
    if (type.isFloat()) {
      double start = node.reals(0, "start").getFirst();
      double delta = node.reals(2, "delta").getFirst();
      int count = count((node.reals(1, "limit").getFirst() - start) / delta);
      Tensor values = Tensor.zeros(type, List.of((long) count));
      for (int i = 0; i < count; i++) {
        values.setDouble(i, start + i * delta);
      }
      return node.constant(values);
    }
    long start = node.integers(0, "start").getFirst();
    long delta = node.integers(2, "delta").getFirst();
    long limit = node.integers(1, "limit").getFirst();
    int count = count(((double) limit - start) / delta);
    Tensor values = Tensor.zeros(type, List.of((long) count));
    for (int i = 0; i < count; i++) {
      values.setLong(i, start + i * delta);
    }
    return node.constant(values);
  }

  private static int count(double steps) {
    if (Double.isNaN(steps) || steps > LONGEST_RANGE) {
      throw new IrException("a range of " + steps + " elements");
    }
    return (int) Math.max(0, Math.ceil(steps));
  }

  /// Columns and rows of the last two axes, as two values that broadcast.
  private static Value[] columnsAndRows(OperatorContext node, int rank) {
    Value input = node.input(0);
    if (rank < 2) {
      throw new IrException("input " + input.type() + " is no matrix");
    }
    return new Value[] {
      node.iota(input.shape().extent(rank - 1), rank - 1, rank),
      node.iota(input.shape().extent(rank - 2), rank - 2, rank)
    };
  }

  private static Value eyeLike(OperatorContext node) {
    Value input = node.input(0);
    DataType type =
        node.attributes()
            .integer("dtype")
            .map(number ->
                OnnxTypes.fromOnnx(number)
                    .orElseThrow(
                        () -> OperatorContext.unsupported("type " + OnnxTypes.describe(number))))
            .orElse(input.type().elementType());
    Value[] positions = columnsAndRows(node, input.shape().rank());
    long diagonal = node.attributes().integer("k", 0);
    return node.pointwise(
        convert(type, equal(subtract(x(0), x(1)), integer(DataType.I64, diagonal))), positions);
  }

  /// Keeps the elements on one side of a diagonal.
  private static Value triangle(OperatorContext node) {
    Value input = node.input(0);
    boolean upper = node.attributes().flag("upper", true);
    long diagonal =
        node.optionalIntegers(1, "k").filter(k -> !k.isEmpty()).map(List::getFirst).orElse(0L);
    Value[] positions = columnsAndRows(node, input.shape().rank());
    BinaryFunction keeps = upper ? BinaryFunction.GREATER_OR_EQUAL : BinaryFunction.LESS_OR_EQUAL;
    return node.pointwise(
        select(
            binary(keeps, subtract(x(1), x(2)), integer(DataType.I64, diagonal)),
            x(0),
            literal(input.type().elementType(), 0)),
        input,
        positions[0],
        positions[1]);
  }
}
