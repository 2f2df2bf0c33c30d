package dev.tuckerc.onnx.operators;

import static dev.tuckerc.onnx.model.Scalars.add;
import static dev.tuckerc.onnx.model.Scalars.binary;
import static dev.tuckerc.onnx.model.Scalars.convert;
import static dev.tuckerc.onnx.model.Scalars.divide;
import static dev.tuckerc.onnx.model.Scalars.literal;
import static dev.tuckerc.onnx.model.Scalars.select;
import static dev.tuckerc.onnx.model.Scalars.unary;
import static dev.tuckerc.onnx.model.Scalars.x;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.model.OnnxTypes;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// Arithmetic, comparison, logic and conversion, element by element.
public final class ElementwiseImporters {
  /// Operands of one expression; longer sums are split so that no expression is deep.
  private static final int MOST_OPERANDS = 16;

  private static final Map<String, UnaryFunction> FLOAT_UNARY =
      Map.ofEntries(
          Map.entry("Reciprocal", UnaryFunction.RECIPROCAL),
          Map.entry("Sqrt", UnaryFunction.SQRT),
          Map.entry("Exp", UnaryFunction.EXP),
          Map.entry("Log", UnaryFunction.LOG),
          Map.entry("Floor", UnaryFunction.FLOOR),
          Map.entry("Ceil", UnaryFunction.CEIL),
          Map.entry("Round", UnaryFunction.ROUND),
          Map.entry("Erf", UnaryFunction.ERF),
          Map.entry("Sin", UnaryFunction.SIN),
          Map.entry("Cos", UnaryFunction.COS),
          Map.entry("Tan", UnaryFunction.TAN),
          Map.entry("Asin", UnaryFunction.ASIN),
          Map.entry("Acos", UnaryFunction.ACOS),
          Map.entry("Atan", UnaryFunction.ATAN),
          Map.entry("Sinh", UnaryFunction.SINH),
          Map.entry("Cosh", UnaryFunction.COSH),
          Map.entry("Asinh", UnaryFunction.ASINH),
          Map.entry("Acosh", UnaryFunction.ACOSH),
          Map.entry("Atanh", UnaryFunction.ATANH),
          Map.entry("Sigmoid", UnaryFunction.SIGMOID),
          Map.entry("Tanh", UnaryFunction.TANH),
          Map.entry("Softplus", UnaryFunction.SOFTPLUS),
          Map.entry("IsNaN", UnaryFunction.IS_NAN));

  private static final Map<String, UnaryFunction> ANY_UNARY =
      Map.of(
          "Neg", UnaryFunction.NEGATE,
          "Abs", UnaryFunction.ABS,
          "Sign", UnaryFunction.SIGN,
          "Relu", UnaryFunction.RELU,
          "BitwiseNot", UnaryFunction.BITWISE_NOT);

  private static final Map<String, BinaryFunction> BINARY =
      Map.ofEntries(
          Map.entry("Add", BinaryFunction.ADD),
          Map.entry("Sub", BinaryFunction.SUBTRACT),
          Map.entry("Mul", BinaryFunction.MULTIPLY),
          Map.entry("Div", BinaryFunction.DIVIDE),
          Map.entry("Equal", BinaryFunction.EQUAL),
          Map.entry("Less", BinaryFunction.LESS),
          Map.entry("LessOrEqual", BinaryFunction.LESS_OR_EQUAL),
          Map.entry("Greater", BinaryFunction.GREATER),
          Map.entry("GreaterOrEqual", BinaryFunction.GREATER_OR_EQUAL),
          Map.entry("BitwiseAnd", BinaryFunction.BITWISE_AND),
          Map.entry("BitwiseOr", BinaryFunction.BITWISE_OR),
          Map.entry("BitwiseXor", BinaryFunction.BITWISE_XOR));

  private static final Map<String, BinaryFunction> LOGICAL =
      Map.of("And", BinaryFunction.AND, "Or", BinaryFunction.OR, "Xor", BinaryFunction.XOR);

  private ElementwiseImporters() {}

  static void register(OperatorRegistry registry) {
    FLOAT_UNARY.forEach((name, function) ->
        registry.add(name, n -> n.pointwise(unary(function, x(0)), n.floatInput(0))));
    ANY_UNARY.forEach((name, function) ->
        registry.add(name, n -> n.pointwise(unary(function, x(0)), n.input(0))));
    BINARY.forEach(
        (name, function) -> registry.add(name, n -> pair(n, binary(function, x(0), x(1)))));
    LOGICAL.forEach((name, function) ->
        registry.add(name, n -> pair(n, binary(function, bool(n, 0), bool(n, 1)))));
    registry.add("Not", n -> n.pointwise(unary(UnaryFunction.NOT, bool(n, 0)), n.input(0)));
    registry.add("Pow", ElementwiseImporters::power);
    registry.add("Mod", ElementwiseImporters::modulo);
    registry.add("BitShift", ElementwiseImporters::bitShift);
    registry.add("IsInf", ElementwiseImporters::isInfinite);
    registry.add("Sum", n -> fold(n, BinaryFunction.ADD));
    registry.add("Max", n -> fold(n, BinaryFunction.MAXIMUM));
    registry.add("Min", n -> fold(n, BinaryFunction.MINIMUM));
    registry.add("Mean", ElementwiseImporters::mean);
    registry.add(
        "Where", n -> n.pointwise(select(x(0), x(1), x(2)), n.input(0), n.input(1), n.input(2)));
    registry.add("Cast", n -> cast(n));
    registry.add("CastLike", n -> n.convert(n.input(0), n.input(1).type().elementType()));
  }

  private static ScalarExpression bool(OperatorContext node, int input) {
    if (node.input(input).type().elementType() != DataType.BOOL) {
      throw new IrException(
          "input " + input + " is " + node.input(input).type() + ", expected bool");
    }
    return x(input);
  }

  private static Value pair(OperatorContext node, ScalarExpression body) {
    return node.pointwise(body, node.input(0), second(node));
  }

  /// The second operand. Before opset 7 the attributes `broadcast` and `axis` place it.
  private static Value second(OperatorContext node) {
    Value a = node.input(0);
    Value b = node.input(1);
    boolean placed = node.attributes().flag("broadcast", false);
    if (node.opset() >= 7 || !placed || b.shape().rank() == 0) {
      return b;
    }
    int rank = a.shape().rank();
    int axis =
        a.shape()
            .normalizeAxis(node.attributes().integer("axis", Math.max(0, rank - b.shape().rank())));
    List<Dim> dims = new ArrayList<>(b.shape().dims());
    while (dims.size() < rank - axis) {
      dims.add(Dim.of(1));
    }
    return node.reshape(b, new dev.tuckerc.ir.Shape(dims));
  }

  private static Value power(OperatorContext node) {
    Value base = node.input(0);
    Value exponent = second(node);
    DataType type = base.type().elementType();
    DataType power = exponent.type().elementType();
    if (type == power || type.isFloat()) {
      return node.pointwise(
          binary(BinaryFunction.POWER, x(0), power == type ? x(1) : convert(type, x(1))),
          base,
          exponent);
    }
    DataType wide = power.isFloat() ? power : type;
    ScalarExpression body =
        binary(
            BinaryFunction.POWER, convert(wide, x(0)), power == wide ? x(1) : convert(wide, x(1)));
    return node.pointwise(wide == type ? body : convert(type, body), base, exponent);
  }

  private static Value modulo(OperatorContext node) {
    boolean c = node.attributes().flag("fmod", false);
    if (!c && node.input(0).type().elementType().isFloat()) {
      throw new IrException("floating-point operands need attribute fmod=1");
    }
    return pair(node, binary(c ? BinaryFunction.REMAINDER : BinaryFunction.MODULO, x(0), x(1)));
  }

  private static Value bitShift(OperatorContext node) {
    return switch (node.attributes().text("direction", "")) {
      case "LEFT" -> pair(node, binary(BinaryFunction.SHIFT_LEFT, x(0), x(1)));
      case "RIGHT" -> pair(node, binary(BinaryFunction.SHIFT_RIGHT, x(0), x(1)));
      default -> throw new IrException("attribute 'direction' must be LEFT or RIGHT");
    };
  }

  private static Value isInfinite(OperatorContext node) {
    Value input = node.floatInput(0);
    DataType type = input.type().elementType();
    boolean negative = node.attributes().flag("detect_negative", true);
    boolean positive = node.attributes().flag("detect_positive", true);
    if (negative && positive) {
      return node.pointwise(unary(UnaryFunction.IS_INFINITE, x(0)), input);
    }
    if (!negative && !positive) {
      return node.broadcast(node.scalar(DataType.BOOL, 0), input.shape());
    }
    double sought = positive ? Double.POSITIVE_INFINITY : Double.NEGATIVE_INFINITY;
    return node.pointwise(binary(BinaryFunction.EQUAL, x(0), literal(type, sought)), input);
  }

  /// An operator over any number of operands, in expressions of bounded depth.
  private static Value fold(OperatorContext node, BinaryFunction function) {
    List<Value> rest = new ArrayList<>(node.inputs());
    if (rest.isEmpty()) {
      throw new IrException("it has no inputs");
    }
    while (rest.size() > 1) {
      List<Value> part = rest.subList(0, Math.min(MOST_OPERANDS, rest.size()));
      ScalarExpression body = x(0);
      for (int i = 1; i < part.size(); i++) {
        body = binary(function, body, x(i));
      }
      Value partial = node.emit(new Pointwise(part, body));
      part.clear();
      rest.addFirst(partial);
    }
    return rest.getFirst();
  }

  private static Value mean(OperatorContext node) {
    Value sum = fold(node, BinaryFunction.ADD);
    int count = node.inputCount();
    return count == 1
        ? sum
        : node.pointwise(divide(x(0), literal(sum.type().elementType(), count)), sum);
  }

  private static Value cast(OperatorContext node) {
    long to =
        node.attributes()
            .integer("to")
            .orElseThrow(() -> new IrException("attribute 'to' is missing"));
    DataType type =
        OnnxTypes.fromOnnx(to)
            .orElseThrow(
                () -> OperatorContext.unsupported("conversion to " + OnnxTypes.describe(to)));
    return node.convert(node.input(0), type);
  }

  /// `a + b`, for other importers.
  static Value sum(OperatorContext node, Value a, Value b) {
    return node.pointwise(add(x(0), x(1)), a, b);
  }
}
