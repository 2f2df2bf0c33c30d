package dev.tuckerc.onnx.operators;

import static dev.tuckerc.onnx.model.Scalars.add;
import static dev.tuckerc.onnx.model.Scalars.divide;
import static dev.tuckerc.onnx.model.Scalars.equal;
import static dev.tuckerc.onnx.model.Scalars.literal;
import static dev.tuckerc.onnx.model.Scalars.multiply;
import static dev.tuckerc.onnx.model.Scalars.select;
import static dev.tuckerc.onnx.model.Scalars.subtract;
import static dev.tuckerc.onnx.model.Scalars.unary;
import static dev.tuckerc.onnx.model.Scalars.x;

import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.LocalResponseNormalization;
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

/// Normalisations: batch and local-response as they are, the others as reductions and pointwise
/// work.
public final class NormalizationImporters {
  private NormalizationImporters() {}

  static void register(OperatorRegistry registry) {
    registry.addAll("BatchNormalization", NormalizationImporters::batch);
    registry.add("InstanceNormalization", NormalizationImporters::instance);
    registry.add("GroupNormalization", NormalizationImporters::group);
    registry.addAll("LayerNormalization", NormalizationImporters::layer);
    registry.add("RMSNormalization", NormalizationImporters::rootMeanSquare);
    registry.add("LpNormalization", NormalizationImporters::lp);
    registry.add("MeanVarianceNormalization", NormalizationImporters::meanVariance);
    registry.add(
        "LRN",
        n ->
            n.emit(
                new LocalResponseNormalization(
                    n.floatInput(0),
                    n.attributes()
                        .integer("size")
                        .orElseThrow(() -> new IrException("attribute 'size' is missing")),
                    n.attributes().real("alpha", 0.0001f),
                    n.attributes().real("beta", 0.75),
                    n.attributes().real("bias", 1))));
  }

  private static List<Value> batch(OperatorContext node) {
    if (node.opset() >= 14 && node.attributes().flag("training_mode", false)) {
      return batchStatistics(node);
    }
    boolean training =
        node.opset() < 7
            ? !node.attributes().flag("is_test", false)
            : node.opset() < 14 && node.wantsOutput(1);
    if (training) {
      throw OperatorContext.unsupported("training mode; export the model for inference");
    }
    if (!node.attributes().flag("spatial", true) && node.input(0).shape().rank() > 2) {
      throw OperatorContext.unsupported("statistics per position (spatial=0)");
    }
    Value input = node.floatInput(0);
    List<Value> parameters = new ArrayList<>();
    for (int i = 1; i <= 4; i++) {
      parameters.add(node.convert(node.floatInput(i), input.type().elementType()));
    }
    return List.of(
        node.emit(
            new BatchNormalization(
                input,
                parameters.get(0),
                parameters.get(1),
                parameters.get(2),
                parameters.get(3),
                node.attributes().real("epsilon", 1e-5f))));
  }

  /// Training mode normalises by the batch's own statistics and moves the running ones towards
  /// them.
  private static List<Value> batchStatistics(OperatorContext node) {
    Value input = node.floatInput(0);
    DataType type = input.type().elementType();
    int rank = input.shape().rank();
    List<Long> axes = new ArrayList<>(OperatorContext.axesFrom(0, rank));
    axes.remove(Long.valueOf(1));
    double momentum = node.attributes().real("momentum", 0.9f);
    Value mean = node.reduce(Reduce.Kind.MEAN, input, axes, true);
    Value centred = node.pointwise(subtract(x(0), x(1)), input, mean);
    Value variance = meanSquare(node, centred, axes);
    ScalarExpression deviation =
        unary(
            UnaryFunction.SQRT, add(x(1), literal(type, node.attributes().real("epsilon", 1e-5f))));
    Value normal = node.pointwise(divide(x(0), deviation), centred, variance);
    Value result = perChannel(node, normal, node.input(1), node.input(2));
    ScalarExpression moved =
        add(multiply(x(0), literal(type, momentum)), multiply(x(1), literal(type, 1 - momentum)));
    Shape channels = new Shape(List.of(input.shape().dim(1)));
    return List.of(
        result,
        node.pointwise(moved, node.input(3), node.reshape(mean, channels)),
        node.pointwise(moved, node.input(4), node.reshape(variance, channels)));
  }

  /// `(x - mean) / sqrt(variance + epsilon)` over axes.
  private static Value normalized(
      OperatorContext node, Value input, List<Long> axes, double epsilon) {
    Value centred = centred(node, input, axes);
    return node.pointwise(
        multiply(x(0), x(1)), centred, inverseDeviation(node, centred, axes, epsilon));
  }

  private static Value centred(OperatorContext node, Value input, List<Long> axes) {
    Value mean = node.reduce(Reduce.Kind.MEAN, input, axes, true);
    return node.pointwise(subtract(x(0), x(1)), input, mean);
  }

  private static Value meanSquare(OperatorContext node, Value input, List<Long> axes) {
    Value square = node.pointwise(multiply(x(0), x(0)), input);
    return node.reduce(Reduce.Kind.MEAN, square, axes, true);
  }

  /// `1 / sqrt(mean(x^2) + epsilon)`
  private static Value inverseDeviation(
      OperatorContext node, Value centred, List<Long> axes, double epsilon) {
    DataType type = centred.type().elementType();
    ScalarExpression deviation = unary(UnaryFunction.SQRT, add(x(0), literal(type, epsilon)));
    return node.pointwise(
        unary(UnaryFunction.RECIPROCAL, deviation), meanSquare(node, centred, axes));
  }

  /// `x * scale + bias`, both per channel (axis 1).
  private static Value perChannel(OperatorContext node, Value input, Value scale, Value bias) {
    return node.pointwise(
        add(multiply(x(0), x(1)), x(2)),
        input,
        alongChannels(node, scale, input.shape().rank()),
        alongChannels(node, bias, input.shape().rank()));
  }

  static Value alongChannels(OperatorContext node, Value vector, int rank) {
    if (vector.shape().rank() != 1 || rank < 2) {
      throw new IrException("parameter " + vector.type() + " is no vector over channels");
    }
    List<Dim> dims = new ArrayList<>(Collections.nCopies(rank - 1, Dim.of(1)));
    dims.set(0, vector.shape().dim(0));
    return node.reshape(vector, new Shape(dims));
  }

  private static Value instance(OperatorContext node) {
    Value input = node.floatInput(0);
    List<Long> axes = OperatorContext.axesFrom(2, input.shape().rank());
    Value normal = normalized(node, input, axes, node.attributes().real("epsilon", 1e-5f));
    return perChannel(node, normal, node.input(1), node.input(2));
  }

  /// Before opset 21 scale and bias are given per group, later per channel.
  private static Value group(OperatorContext node) {
    Value input = node.floatInput(0);
    long groups = node.attributes().integer("num_groups", 0);
    if (input.shape().rank() < 2 || groups < 1 || input.shape().extent(1) % groups != 0) {
      throw new IrException(groups + " groups do not divide the channels of " + input.type());
    }
    Dim inGroup =
        ActivationImporters.product(input.shape().dims().subList(2, input.shape().rank()))
            .times(input.shape().extent(1) / groups);
    Value grouped = node.reshape(input, input.shape().dim(0), Dim.of(groups), inGroup);
    Value normal = normalized(node, grouped, List.of(2L), node.attributes().real("epsilon", 1e-5f));
    Value scale = node.input(1);
    Value bias = node.input(2);
    if (node.opset() < 21) {
      return node.reshape(perChannel(node, normal, scale, bias), input.shape());
    }
    return perChannel(node, node.reshape(normal, input.shape()), scale, bias);
  }

  private static List<Value> layer(OperatorContext node) {
    Value input = node.floatInput(0);
    DataType type = input.type().elementType();
    int axis = input.shape().normalizeAxis(node.attributes().integer("axis", -1));
    List<Long> axes = OperatorContext.axesFrom(axis, input.shape().rank());
    // The statistics are computed in the type that attribute 'stash_type' names, float by default.
    DataType wide =
        OnnxTypes.fromOnnx(node.attributes().integer("stash_type", 1)).orElse(DataType.F32);
    Value stashed = type == DataType.F64 ? input : node.convert(input, wide);
    Value mean = node.reduce(Reduce.Kind.MEAN, stashed, axes, true);
    Value centred = node.pointwise(subtract(x(0), x(1)), stashed, mean);
    Value inverse = inverseDeviation(node, centred, axes, node.attributes().real("epsilon", 1e-5f));
    Value normal = node.convert(node.pointwise(multiply(x(0), x(1)), centred, inverse), type);
    Value scaled = node.pointwise(multiply(x(0), x(1)), normal, node.input(1));
    Optional<Value> bias = node.optional(2);
    Value result = bias.isEmpty() ? scaled : node.pointwise(add(x(0), x(1)), scaled, bias.get());
    return List.of(result, mean, inverse);
  }

  private static Value rootMeanSquare(OperatorContext node) {
    Value input = node.floatInput(0);
    DataType type = input.type().elementType();
    int axis = input.shape().normalizeAxis(node.attributes().integer("axis", -1));
    List<Long> axes = OperatorContext.axesFrom(axis, input.shape().rank());
    DataType wide =
        OnnxTypes.fromOnnx(node.attributes().integer("stash_type", 1)).orElse(DataType.F32);
    Value stashed = type == DataType.F64 ? input : node.convert(input, wide);
    Value inverse = inverseDeviation(node, stashed, axes, node.attributes().real("epsilon", 1e-5f));
    Value normal = node.convert(node.pointwise(multiply(x(0), x(1)), stashed, inverse), type);
    Value scale = node.input(1);
    return node.convert(
        node.pointwise(multiply(x(0), x(1)), normal, node.convert(scale, type)),
        scale.type().elementType());
  }

  /// `x / (sum |x|^p)^(1/p)`, 0 where that is 0.
  private static Value lp(OperatorContext node) {
    Value input = node.floatInput(0);
    DataType type = input.type().elementType();
    long p = node.attributes().integer("p", 2);
    List<Long> axes = List.of(node.attributes().integer("axis", -1));
    Value sum =
        node.reduce(
            Reduce.Kind.SUM, node.pointwise(PoolImporters.power(p, type), input), axes, true);
    Value norm = node.pointwise(PoolImporters.root(p, type, x(0)), sum);
    ScalarExpression zero = literal(type, 0);
    return node.pointwise(select(equal(x(1), zero), zero, divide(x(0), x(1))), input, norm);
  }

  private static Value meanVariance(OperatorContext node) {
    Value input = node.floatInput(0);
    List<Long> axes = node.attributes().integers("axes").orElse(List.of(0L, 2L, 3L));
    Value centred = centred(node, input, axes);
    ScalarExpression deviation =
        add(unary(UnaryFunction.SQRT, x(1)), literal(input.type().elementType(), 1e-9));
    return node.pointwise(divide(x(0), deviation), centred, meanSquare(node, centred, axes));
  }
}
