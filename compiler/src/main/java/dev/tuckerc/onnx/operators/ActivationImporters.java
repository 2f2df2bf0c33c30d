package dev.tuckerc.onnx.operators;

import static dev.tuckerc.onnx.model.Scalars.add;
import static dev.tuckerc.onnx.model.Scalars.divide;
import static dev.tuckerc.onnx.model.Scalars.less;
import static dev.tuckerc.onnx.model.Scalars.literal;
import static dev.tuckerc.onnx.model.Scalars.maximum;
import static dev.tuckerc.onnx.model.Scalars.minimum;
import static dev.tuckerc.onnx.model.Scalars.multiply;
import static dev.tuckerc.onnx.model.Scalars.select;
import static dev.tuckerc.onnx.model.Scalars.subtract;
import static dev.tuckerc.onnx.model.Scalars.unary;
import static dev.tuckerc.onnx.model.Scalars.x;

import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Softmax;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.model.NodeAttributes;
import dev.tuckerc.onnx.model.Scalars;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/// Activation functions, as scalar expressions.
public final class ActivationImporters {
  private ActivationImporters() {}

  static void register(OperatorRegistry registry) {
    scalar(
        registry,
        "LeakyRelu",
        (n, t) -> select(less(x(0), t.of(0)), multiply(t.of(n.real("alpha", 0.01f)), x(0)), x(0)));
    scalar(
        registry,
        "Elu",
        (n, t) ->
            select(
                less(x(0), t.of(0)),
                multiply(t.of(n.real("alpha", 1)), expMinusOne(x(0), t)),
                x(0)));
    scalar(registry, "Selu", ActivationImporters::selu);
    scalar(registry, "Celu", ActivationImporters::celu);
    scalar(
        registry,
        "ThresholdedRelu",
        (n, t) -> select(less(t.of(n.real("alpha", 1)), x(0)), x(0), t.of(0)));
    scalar(
        registry,
        "HardSigmoid",
        (n, t) -> hardSigmoid(t, n.real("alpha", 0.2f), n.real("beta", 0.5f)));
    scalar(registry, "HardSwish", (n, t) -> multiply(x(0), hardSigmoid(t, 1.0 / 6, 0.5)));
    scalar(
        registry, "Softsign", (n, t) -> divide(x(0), add(t.of(1), unary(UnaryFunction.ABS, x(0)))));
    scalar(
        registry,
        "Mish",
        (n, t) -> multiply(x(0), unary(UnaryFunction.TANH, unary(UnaryFunction.SOFTPLUS, x(0)))));
    scalar(
        registry,
        "Swish",
        (n, t) ->
            multiply(x(0), unary(UnaryFunction.SIGMOID, multiply(t.of(n.real("alpha", 1)), x(0)))));
    scalar(registry, "Gelu", ActivationImporters::gelu);
    scalar(registry, "Shrink", ActivationImporters::shrink);
    registry.add("PRelu", ActivationImporters::prelu);
    registry.add("Clip", ActivationImporters::clip);
    registry.add("Softmax", n -> softmax(n, false));
    registry.add("LogSoftmax", n -> softmax(n, true));
    registry.addAll("Dropout", ActivationImporters::dropout);
  }

  /// Literals of the operand's type.
  private record Literals(DataType type) {
    ScalarExpression of(double value) {
      return literal(type, value);
    }
  }

  private static void scalar(
      OperatorRegistry registry,
      String name,
      BiFunction<NodeAttributes, Literals, ScalarExpression> body) {
    registry.add(
        name,
        n -> {
          Value input = n.floatInput(0);
          return n.pointwise(
              body.apply(n.attributes(), new Literals(input.type().elementType())), input);
        });
  }

  private static ScalarExpression expMinusOne(ScalarExpression argument, Literals t) {
    return subtract(unary(UnaryFunction.EXP, argument), t.of(1));
  }

  private static ScalarExpression hardSigmoid(Literals t, double alpha, double beta) {
    ScalarExpression line = add(multiply(t.of(alpha), x(0)), t.of(beta));
    return maximum(t.of(0), minimum(t.of(1), line));
  }

  private static ScalarExpression selu(NodeAttributes n, Literals t) {
    double alpha = n.real("alpha", 1.67326319217681884765625);
    double gamma = n.real("gamma", 1.05070102214813232421875);
    ScalarExpression negative = multiply(t.of(alpha), expMinusOne(x(0), t));
    return multiply(t.of(gamma), select(less(x(0), t.of(0)), negative, x(0)));
  }

  private static ScalarExpression celu(NodeAttributes n, Literals t) {
    double alpha = n.real("alpha", 1);
    ScalarExpression negative = multiply(t.of(alpha), expMinusOne(divide(x(0), t.of(alpha)), t));
    return select(less(x(0), t.of(0)), negative, x(0));
  }

  private static ScalarExpression gelu(NodeAttributes n, Literals t) {
    ScalarExpression inner =
        switch (n.text("approximate", "none")) {
          case "none" -> unary(UnaryFunction.ERF, multiply(x(0), t.of(Math.sqrt(0.5))));
          case "tanh" -> {
            ScalarExpression cube = multiply(x(0), multiply(x(0), x(0)));
            yield unary(
                UnaryFunction.TANH,
                multiply(t.of(Math.sqrt(2 / Math.PI)), add(x(0), multiply(t.of(0.044715), cube))));
          }
          default -> throw new IrException("attribute 'approximate' must be none or tanh");
        };
    return multiply(multiply(t.of(0.5), x(0)), add(t.of(1), inner));
  }

  private static ScalarExpression shrink(NodeAttributes n, Literals t) {
    double lambda = n.real("lambd", 0.5);
    double bias = n.real("bias", 0);
    return select(
        less(x(0), t.of(-lambda)),
        add(x(0), t.of(bias)),
        select(less(t.of(lambda), x(0)), subtract(x(0), t.of(bias)), t.of(0)));
  }

  private static Value prelu(OperatorContext node) {
    Value input = node.input(0);
    Value slope = node.input(1);
    int rank = input.shape().rank();
    if (node.opset() < 7 && slope.shape().rank() == 1 && rank > 2) {
      // Older models give one slope per channel without saying so by its shape.
      List<Dim> dims = new ArrayList<>(Collections.nCopies(rank - 1, Dim.of(1)));
      dims.set(0, slope.shape().dim(0));
      slope = node.reshape(slope, new Shape(dims));
    }
    ScalarExpression zero = literal(input.type().elementType(), 0);
    return node.pointwise(select(less(x(0), zero), multiply(x(1), x(0)), x(0)), input, slope);
  }

  /// `min(max(x, low), high)`; constant bounds become literals.
  private static Value clip(OperatorContext node) {
    Value input = node.input(0);
    DataType type = input.type().elementType();
    ScalarExpression body = x(0);
    List<Value> operands = new ArrayList<>(List.of(input));
    for (int i = 1; i <= 2; i++) {
      Optional<ScalarExpression> bound = bound(node, i, type, operands);
      if (bound.isPresent()) {
        body = i == 1 ? maximum(body, bound.get()) : minimum(body, bound.get());
      }
    }
    return body.equals(x(0)) ? input : node.emit(new Pointwise(operands, body));
  }

  private static Optional<ScalarExpression> bound(
      OperatorContext node, int index, DataType type, List<Value> operands) {
    if (node.opset() < 11) {
      String name = index == 1 ? "min" : "max";
      return node.attributes().has(name)
          ? Optional.of(literal(type, node.attributes().real(name, 0)))
          : Optional.empty();
    }
    return node.optional(index)
        .map(value -> {
          Optional<Tensor> constant =
              node.tensor(value).filter(t -> t.size() == 1 && t.type() == type);
          if (constant.isPresent()) {
            return type.isFloat()
                ? literal(type, constant.get().getDouble(0))
                : Scalars.integer(type, constant.get().getLong(0));
          }
          operands.add(node.reshape(value, Shape.of()));
          return x(operands.size() - 1);
        });
  }

  /// Before opset 13 the input counts as a matrix: all axes from `axis` on are one.
  private static Value softmax(OperatorContext node, boolean logarithm) {
    Value input = node.floatInput(0);
    int rank = input.shape().rank();
    boolean coerced = node.opset() < 13;
    int axis =
        input
            .shape()
            .normalizeAxis(node.attributes().integer("axis", coerced ? Math.min(1, rank - 1) : -1));
    if (!coerced || axis == rank - 1) {
      return node.emit(new Softmax(input, axis, logarithm));
    }
    Dim outer = product(input.shape().dims().subList(0, axis));
    Dim inner = product(input.shape().dims().subList(axis, rank));
    Value matrix = node.reshape(input, outer, inner);
    return node.reshape(node.emit(new Softmax(matrix, 1, logarithm)), input.shape());
  }

  static Dim product(List<Dim> dims) {
    Dim product = Dim.of(1);
    for (Dim dim : dims) {
      product = product.times(dim);
    }
    return product;
  }

  /// The identity: this is inference. The mask says that every element is kept.
  private static List<Value> dropout(OperatorContext node) {
    Value input = node.input(0);
    if (node.optional(2).isPresent() && node.integers(2, "training_mode").contains(1L)) {
      double ratio = node.optional(1).isEmpty() ? 0.5 : node.reals(1, "ratio").getFirst();
      if (ratio != 0) {
        throw OperatorContext.unsupported("training mode");
      }
    }
    if (!node.wantsOutput(1)) {
      return List.of(input);
    }
    DataType type = node.opset() < 10 ? input.type().elementType() : DataType.BOOL;
    return List.of(input, node.filled(Tensor.scalar(type, 1), input.shape()));
  }
}
