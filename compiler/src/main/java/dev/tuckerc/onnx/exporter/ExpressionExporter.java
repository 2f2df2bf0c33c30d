package dev.tuckerc.onnx.exporter;

import static dev.tuckerc.onnx.exporter.GraphWriter.attribute;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.onnx.model.OnnxTypes;
import dev.tuckerc.onnx.model.Scalars;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Writes one scalar expression as elementwise ONNX nodes. Equal parts are written once.
public final class ExpressionExporter {
  private final GraphWriter writer;
  private final List<String> operands;
  private final List<DataType> types;
  private final String hint;
  private final Map<ScalarExpression, String> written = new HashMap<>();

  /// @param operands names of `x0`, `x1`, ...
  /// @param hint base of the names of intermediate values
  ExpressionExporter(GraphWriter writer, List<String> operands, List<DataType> types, String hint) {
    this.writer = writer;
    this.operands = List.copyOf(operands);
    this.types = List.copyOf(types);
    this.hint = hint;
  }

  /// Writes an expression whose value gets a given name.
  void write(ScalarExpression expression, String output) {
    switch (expression) {
      case ScalarExpression.Operand(int index) ->
          writer.node("Identity", List.of(operands.get(index)), output);
      case ScalarExpression.Literal literal ->
          writer.node("Identity", List.of(literal(literal)), output);
      case ScalarExpression.Unary(UnaryFunction function, ScalarExpression argument) ->
          writer.node(operator(function), List.of(name(argument)), output);
      case ScalarExpression.Binary(BinaryFunction f, ScalarExpression a, ScalarExpression b) ->
          binary(f, a, b, output);
      case ScalarExpression.Select(ScalarExpression c, ScalarExpression a, ScalarExpression b) ->
          writer.node("Where", List.of(name(c), name(a), name(b)), output);
      case ScalarExpression.Convert(DataType type, ScalarExpression argument) ->
          writer.node(
              "Cast",
              List.of(name(argument)),
              output,
              attribute("to", OnnxTypes.toOnnx(type).getNumber()));
    }
  }

  private String name(ScalarExpression expression) {
    return switch (expression) {
      case ScalarExpression.Operand(int index) -> operands.get(index);
      case ScalarExpression.Literal literal -> literal(literal);
      case ScalarExpression.Unary _,
          ScalarExpression.Binary _,
          ScalarExpression.Select _,
          ScalarExpression.Convert _ -> {
        String known = written.get(expression);
        if (known == null) {
          known = writer.fresh(hint + "_part");
          write(expression, known);
          written.put(expression, known);
        }
        yield known;
      }
    };
  }

  private String literal(ScalarExpression.Literal literal) {
    Tensor scalar = Tensor.zeros(literal.type(), List.of());
    if (literal.type().isFloat()) {
      scalar.setDouble(0, literal.value());
    } else {
      scalar.setLong(0, literal.integer());
    }
    return writer.constant("literal", scalar);
  }

  private void binary(
      BinaryFunction function, ScalarExpression left, ScalarExpression right, String output) {
    DataType type = left.type(types);
    switch (function) {
      case MODULO -> {
        if (type.isFloat()) {
          // ONNX has no floored remainder of floats: a - floor(a/b)*b.
          ScalarExpression quotient =
              Scalars.unary(UnaryFunction.FLOOR, Scalars.divide(left, right));
          write(Scalars.subtract(left, Scalars.multiply(quotient, right)), output);
        } else {
          writer.node("Mod", List.of(name(left), name(right)), output);
        }
      }
      case REMAINDER ->
          writer.node("Mod", List.of(name(left), name(right)), output, attribute("fmod", true));
      case SHIFT_LEFT, SHIFT_RIGHT ->
          writer.node(
              "BitShift",
              List.of(name(left), name(right)),
              output,
              attribute("direction", function == BinaryFunction.SHIFT_LEFT ? "LEFT" : "RIGHT"));
      default -> writer.node(operator(function), List.of(name(left), name(right)), output);
    }
  }

  private static String operator(UnaryFunction function) {
    return switch (function) {
      case NEGATE -> "Neg";
      case ABS -> "Abs";
      case SIGN -> "Sign";
      case RECIPROCAL -> "Reciprocal";
      case SQRT -> "Sqrt";
      case EXP -> "Exp";
      case LOG -> "Log";
      case FLOOR -> "Floor";
      case CEIL -> "Ceil";
      case ROUND -> "Round";
      case RELU -> "Relu";
      case SIGMOID -> "Sigmoid";
      case TANH -> "Tanh";
      case ERF -> "Erf";
      case SIN -> "Sin";
      case COS -> "Cos";
      case TAN -> "Tan";
      case ASIN -> "Asin";
      case ACOS -> "Acos";
      case ATAN -> "Atan";
      case SINH -> "Sinh";
      case COSH -> "Cosh";
      case ASINH -> "Asinh";
      case ACOSH -> "Acosh";
      case ATANH -> "Atanh";
      case SOFTPLUS -> "Softplus";
      case NOT -> "Not";
      case BITWISE_NOT -> "BitwiseNot";
      case IS_NAN -> "IsNaN";
      case IS_INFINITE -> "IsInf";
    };
  }

  private static String operator(BinaryFunction function) {
    return switch (function) {
      case ADD -> "Add";
      case SUBTRACT -> "Sub";
      case MULTIPLY -> "Mul";
      case DIVIDE -> "Div";
      case MODULO, REMAINDER -> "Mod";
      case POWER -> "Pow";
      case MINIMUM -> "Min";
      case MAXIMUM -> "Max";
      case EQUAL -> "Equal";
      case LESS -> "Less";
      case LESS_OR_EQUAL -> "LessOrEqual";
      case GREATER -> "Greater";
      case GREATER_OR_EQUAL -> "GreaterOrEqual";
      case AND -> "And";
      case OR -> "Or";
      case XOR -> "Xor";
      case BITWISE_AND -> "BitwiseAnd";
      case BITWISE_OR -> "BitwiseOr";
      case BITWISE_XOR -> "BitwiseXor";
      case SHIFT_LEFT, SHIFT_RIGHT -> "BitShift";
    };
  }

  /// The first operator set that can express an expression.
  static long opset(ScalarExpression expression) {
    return switch (expression) {
      case ScalarExpression.Operand _, ScalarExpression.Literal _ -> 17;
      case ScalarExpression.Unary(UnaryFunction f, ScalarExpression a) ->
          f == UnaryFunction.BITWISE_NOT ? 18 : opset(a);
      case ScalarExpression.Binary(BinaryFunction f, ScalarExpression a, ScalarExpression b) ->
          switch (f) {
            case BITWISE_AND, BITWISE_OR, BITWISE_XOR -> 18;
            default -> Math.max(opset(a), opset(b));
          };
      case ScalarExpression.Select(ScalarExpression c, ScalarExpression a, ScalarExpression b) ->
          Math.max(opset(c), Math.max(opset(a), opset(b)));
      case ScalarExpression.Convert(DataType _, ScalarExpression a) -> opset(a);
    };
  }
}
