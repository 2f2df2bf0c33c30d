package dev.tuckerc.onnx.operators;

import static dev.tuckerc.onnx.model.Scalars.add;
import static dev.tuckerc.onnx.model.Scalars.convert;
import static dev.tuckerc.onnx.model.Scalars.divide;
import static dev.tuckerc.onnx.model.Scalars.literal;
import static dev.tuckerc.onnx.model.Scalars.maximum;
import static dev.tuckerc.onnx.model.Scalars.minimum;
import static dev.tuckerc.onnx.model.Scalars.multiply;
import static dev.tuckerc.onnx.model.Scalars.subtract;
import static dev.tuckerc.onnx.model.Scalars.unary;
import static dev.tuckerc.onnx.model.Scalars.x;

import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.model.OnnxTypes;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/// Quantised operators, computed on the integers' values in floating point, which is exact while
/// the sums stay below 2^24 (float) or 2^53 (double).
public final class QuantizationImporters {
  private static final long EXACT_IN_FLOAT = 1 << 24;

  private QuantizationImporters() {}

  static void register(OperatorRegistry registry) {
    registry.add("QuantizeLinear", QuantizationImporters::quantize);
    registry.add("DequantizeLinear", QuantizationImporters::dequantize);
    registry.addAll("DynamicQuantizeLinear", QuantizationImporters::dynamicQuantize);
    registry.add("MatMulInteger", QuantizationImporters::matMulInteger);
    registry.add("QLinearMatMul", QuantizationImporters::qLinearMatMul);
    registry.add("ConvInteger", QuantizationImporters::convInteger);
    registry.add("QLinearConv", QuantizationImporters::qLinearConv);
  }

  /// The parameter of a node's input: per tensor, per axis or per block of an axis.
  private static Value parameterOf(OperatorContext node, Value parameter, Shape target) {
    long axis = node.attributes().integer("axis", 1);
    long block = node.attributes().integer("block_size", 0);
    return block == 0 || parameter.shape().rank() != target.rank() || target.rank() < 1
        ? parameter(node, parameter, target, axis)
        : perBlock(node, parameter, target, target.normalizeAxis(axis), block);
  }

  /// Every entry along the axis repeated for the elements of its block; the last may be short.
  private static Value perBlock(
      OperatorContext node, Value parameter, Shape target, int axis, long block) {
    long extent = target.extent(axis);
    long blocks = parameter.shape().extent(axis);
    if (block < 1 || blocks != Math.ceilDiv(extent, block)) {
      throw new IrException(
          "blocks of " + block + " of " + target + " with parameter " + parameter.type());
    }
    List<Dim> apart = new ArrayList<>(parameter.shape().dims());
    apart.add(axis + 1, Dim.of(1));
    List<Dim> spread = new ArrayList<>(apart);
    spread.set(axis + 1, Dim.of(block));
    Value repeated = node.broadcast(node.reshape(parameter, new Shape(apart)), new Shape(spread));
    Value merged = node.reshape(repeated, parameter.shape().with(axis, Dim.of(blocks * block)));
    return blocks * block == extent ? merged : node.slice(merged, axis, 0, Dim.of(extent));
  }

  /// A per-tensor or per-axis parameter, shaped to broadcast.
  private static Value parameter(OperatorContext node, Value parameter, Shape target, long axis) {
    int rank = parameter.shape().rank();
    if (rank == 0 || rank == 1 && parameter.shape().equals(Shape.of(1))) {
      return node.reshape(parameter, Shape.of());
    }
    if (rank > 1) {
      throw new IrException("parameter " + parameter.type() + " without a block_size");
    }
    List<Dim> dims = new ArrayList<>(Collections.nCopies(target.rank(), Dim.of(1)));
    dims.set(target.normalizeAxis(axis), parameter.shape().dim(0));
    return node.reshape(parameter, new Shape(dims));
  }

  /// `saturate(round(value) + zeroPoint)`
  private static ScalarExpression saturated(
      ScalarExpression value, Optional<ScalarExpression> zeroPoint, DataType type) {
    ScalarExpression rounded = unary(UnaryFunction.ROUND, value);
    ScalarExpression shifted =
        zeroPoint.isEmpty() ? rounded : add(rounded, convert(DataType.F32, zeroPoint.get()));
    int bits = type.bytes() * 8;
    double low = type.isUnsigned() ? 0 : -Math.scalb(1.0, bits - 1);
    double high = Math.scalb(1.0, type.isUnsigned() ? bits : bits - 1) - 1;
    return convert(
        type, minimum(maximum(shifted, literal(DataType.F32, low)), literal(DataType.F32, high)));
  }

  private static DataType narrow(DataType type) {
    return switch (type) {
      case I8, U8, I16, U16 -> type;
      case F64, F32, F16, BF16, I64, I32, U64, U32, BOOL ->
          throw OperatorContext.unsupported("quantisation to " + type);
    };
  }

  private static Value quantize(OperatorContext node) {
    Value input = node.input(0);
    Optional<Value> zeroPoint = node.optional(2);
    long stated = node.attributes().integer("output_dtype", 0);
    DataType type =
        zeroPoint
            .map(z -> z.type().elementType())
            .orElseGet(() ->
                stated == 0
                    ? DataType.U8
                    : OnnxTypes.fromOnnx(stated)
                        .orElseThrow(() ->
                            OperatorContext.unsupported(
                                "quantisation to " + OnnxTypes.describe(stated))));
    List<Value> operands =
        new ArrayList<>(List.of(input, parameterOf(node, node.input(1), input.shape())));
    zeroPoint.ifPresent(z -> operands.add(parameterOf(node, z, input.shape())));
    ScalarExpression scaled = divide(convert(DataType.F32, x(0)), convert(DataType.F32, x(1)));
    return node.emit(
        new Pointwise(operands, saturated(scaled, zeroPoint.map(_ -> x(2)), narrow(type))));
  }

  private static Value dequantize(OperatorContext node) {
    Value input = node.input(0);
    DataType type = node.floatInput(1).type().elementType();
    List<Value> operands =
        new ArrayList<>(List.of(input, parameterOf(node, node.input(1), input.shape())));
    ScalarExpression centred = convert(DataType.F32, x(0));
    if (node.optional(2).isPresent()) {
      operands.add(parameterOf(node, node.input(2), input.shape()));
      centred = subtract(centred, convert(DataType.F32, x(2)));
    }
    ScalarExpression value = multiply(centred, convert(DataType.F32, x(1)));
    return node.emit(new Pointwise(operands, type == DataType.F32 ? value : convert(type, value)));
  }

  private static List<Value> dynamicQuantize(OperatorContext node) {
    Value input = node.floatInput(0);
    List<Long> all = OperatorContext.axesFrom(0, input.shape().rank());
    ScalarExpression zero = literal(DataType.F32, 0);
    ScalarExpression steps = literal(DataType.F32, 255);
    Value high = node.reduce(Reduce.Kind.MAXIMUM, input, all, false);
    Value low = node.reduce(Reduce.Kind.MINIMUM, input, all, false);
    ScalarExpression span = subtract(maximum(x(0), zero), minimum(x(1), zero));
    Value scale = node.pointwise(divide(span, steps), high, low);
    ScalarExpression offset = divide(unary(UnaryFunction.NEGATE, minimum(x(0), zero)), x(1));
    Value zeroPoint = node.pointwise(saturated(offset, Optional.empty(), DataType.U8), low, scale);
    Value quantized =
        node.pointwise(
            saturated(divide(x(0), x(1)), Optional.of(x(2)), DataType.U8), input, scale, zeroPoint);
    return List.of(quantized, scale, zeroPoint);
  }

  /// `value - zeroPoint` in a type that holds every sum of `terms` products exactly.
  private static Value centred(
      OperatorContext node, Value value, Optional<Value> zeroPoint, DataType type) {
    if (zeroPoint.isEmpty()) {
      return node.convert(value, type);
    }
    return node.pointwise(
        subtract(convert(type, x(0)), convert(type, x(1))), value, zeroPoint.get());
  }

  private static DataType accumulator(long terms) {
    return terms * 255 * 255 < EXACT_IN_FLOAT ? DataType.F32 : DataType.F64;
  }

  /// A zero point or scale of the left operand: one per row.
  private static Value perRow(OperatorContext node, Value parameter, Shape target) {
    if (parameter.shape().rank() != 1 || parameter.shape().equals(Shape.of(1))) {
      return parameter.shape().rank() == 1 ? node.reshape(parameter, Shape.of()) : parameter;
    }
    return parameter(node, parameter, target, -2);
  }

  private static Value integerProduct(
      OperatorContext node, Value a, Optional<Value> zeroA, Value b, Optional<Value> zeroB) {
    int rank = a.shape().rank();
    DataType type = accumulator(a.shape().extent(rank - 1));
    return MatrixImporters.matMul(
        node,
        centred(node, a, zeroA.map(z -> perRow(node, z, a.shape())), type),
        centred(node, b, zeroB, type));
  }

  private static Value matMulInteger(OperatorContext node) {
    Value product =
        integerProduct(node, node.input(0), node.optional(2), node.input(1), node.optional(3));
    return node.convert(product, DataType.I32);
  }

  private static Value qLinearMatMul(OperatorContext node) {
    Value a = node.input(0);
    Value product =
        integerProduct(
            node, a, Optional.of(node.input(2)), node.input(3), Optional.of(node.input(5)));
    return requantized(
        node,
        product,
        perRow(node, node.input(1), a.shape()),
        node.input(4),
        node.input(6),
        node.input(7));
  }

  /// `saturate(round(sum * scaleA * scaleB / scaleY) + zeroY)`
  private static Value requantized(
      OperatorContext node, Value sum, Value scaleA, Value scaleB, Value scaleY, Value zeroY) {
    ScalarExpression factor =
        divide(
            multiply(convert(DataType.F32, x(1)), convert(DataType.F32, x(2))),
            convert(DataType.F32, x(3)));
    ScalarExpression value = multiply(convert(DataType.F32, x(0)), factor);
    DataType type = narrow(zeroY.type().elementType());
    return node.pointwise(
        saturated(value, Optional.of(x(4)), type), sum, scaleA, scaleB, scaleY, zeroY);
  }

  private static Value integerConvolution(
      OperatorContext node,
      Value input,
      Optional<Value> zeroInput,
      Value weight,
      Optional<Value> zeroWeight) {
    if (weight.shape().rank() < 3) {
      throw new IrException("weight " + weight.type() + " is no convolution weight");
    }
    long terms = weight.shape().elementCount() / Math.max(1, weight.shape().extent(0));
    DataType type = accumulator(terms);
    return ConvolutionImporters.convolution(
        node,
        centred(node, input, zeroInput.map(z -> parameter(node, z, input.shape(), 1)), type),
        centred(node, weight, zeroWeight.map(z -> parameter(node, z, weight.shape(), 0)), type),
        Optional.empty());
  }

  private static Value convInteger(OperatorContext node) {
    return node.convert(
        integerConvolution(node, node.input(0), node.optional(2), node.input(1), node.optional(3)),
        DataType.I32);
  }

  private static Value qLinearConv(OperatorContext node) {
    Value sum =
        integerConvolution(
            node,
            node.input(0),
            Optional.of(node.input(2)),
            node.input(3),
            Optional.of(node.input(5)));
    DataType type = sum.type().elementType();
    if (node.optional(8).isPresent()) {
      Value bias = NormalizationImporters.alongChannels(node, node.input(8), sum.shape().rank());
      sum = node.pointwise(add(x(0), convert(type, x(1))), sum, bias);
    }
    return requantized(
        node,
        sum,
        parameter(node, node.input(1), sum.shape(), 1),
        parameter(node, node.input(4), sum.shape(), 1),
        parameter(node, node.input(6), sum.shape(), 1),
        parameter(node, node.input(7), sum.shape(), 1));
  }
}
