package dev.tuckerc.onnx.model;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.tensor.DataType;

/// Short names for building scalar expressions.
public final class Scalars {
  private Scalars() {}

  /// Operand `x{index}`.
  public static ScalarExpression x(int index) {
    return new ScalarExpression.Operand(index);
  }

  /// A constant of any numeric or boolean type.
  public static ScalarExpression literal(DataType type, double value) {
    return type.isFloat()
        ? ScalarExpression.Literal.real(type, value)
        : ScalarExpression.Literal.integer(type, (long) value);
  }

  /// A constant of an integer or boolean type.
  public static ScalarExpression integer(DataType type, long value) {
    return ScalarExpression.Literal.integer(type, value);
  }

  public static ScalarExpression unary(UnaryFunction function, ScalarExpression argument) {
    return new ScalarExpression.Unary(function, argument);
  }

  public static ScalarExpression binary(
      BinaryFunction function, ScalarExpression left, ScalarExpression right) {
    return new ScalarExpression.Binary(function, left, right);
  }

  public static ScalarExpression add(ScalarExpression left, ScalarExpression right) {
    return binary(BinaryFunction.ADD, left, right);
  }

  public static ScalarExpression subtract(ScalarExpression left, ScalarExpression right) {
    return binary(BinaryFunction.SUBTRACT, left, right);
  }

  public static ScalarExpression multiply(ScalarExpression left, ScalarExpression right) {
    return binary(BinaryFunction.MULTIPLY, left, right);
  }

  public static ScalarExpression divide(ScalarExpression left, ScalarExpression right) {
    return binary(BinaryFunction.DIVIDE, left, right);
  }

  public static ScalarExpression minimum(ScalarExpression left, ScalarExpression right) {
    return binary(BinaryFunction.MINIMUM, left, right);
  }

  public static ScalarExpression maximum(ScalarExpression left, ScalarExpression right) {
    return binary(BinaryFunction.MAXIMUM, left, right);
  }

  public static ScalarExpression less(ScalarExpression left, ScalarExpression right) {
    return binary(BinaryFunction.LESS, left, right);
  }

  public static ScalarExpression equal(ScalarExpression left, ScalarExpression right) {
    return binary(BinaryFunction.EQUAL, left, right);
  }

  public static ScalarExpression select(
      ScalarExpression condition, ScalarExpression yes, ScalarExpression no) {
    return new ScalarExpression.Select(condition, yes, no);
  }

  public static ScalarExpression convert(DataType type, ScalarExpression argument) {
    return new ScalarExpression.Convert(type, argument);
  }
}
