package dev.tuckerc.onnx;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.tensor.DataType;

/// Short names for building scalar expressions.
final class Scalars {
  private Scalars() {}

  /// Operand `x{index}`.
  static ScalarExpression x(int index) {
    return new ScalarExpression.Operand(index);
  }

  /// A constant of any numeric or boolean type.
  static ScalarExpression literal(DataType type, double value) {
    return type.isFloat()
        ? ScalarExpression.Literal.real(type, value)
        : ScalarExpression.Literal.integer(type, (long) value);
  }

  /// A constant of an integer or boolean type.
  static ScalarExpression integer(DataType type, long value) {
    return ScalarExpression.Literal.integer(type, value);
  }

  static ScalarExpression unary(UnaryFunction function, ScalarExpression argument) {
    return new ScalarExpression.Unary(function, argument);
  }

  static ScalarExpression binary(
      BinaryFunction function, ScalarExpression left, ScalarExpression right) {
    return new ScalarExpression.Binary(function, left, right);
  }

  static ScalarExpression add(ScalarExpression left, ScalarExpression right) {
    return binary(BinaryFunction.ADD, left, right);
  }

  static ScalarExpression subtract(ScalarExpression left, ScalarExpression right) {
    return binary(BinaryFunction.SUBTRACT, left, right);
  }

  static ScalarExpression multiply(ScalarExpression left, ScalarExpression right) {
    return binary(BinaryFunction.MULTIPLY, left, right);
  }

  static ScalarExpression divide(ScalarExpression left, ScalarExpression right) {
    return binary(BinaryFunction.DIVIDE, left, right);
  }

  static ScalarExpression minimum(ScalarExpression left, ScalarExpression right) {
    return binary(BinaryFunction.MINIMUM, left, right);
  }

  static ScalarExpression maximum(ScalarExpression left, ScalarExpression right) {
    return binary(BinaryFunction.MAXIMUM, left, right);
  }

  static ScalarExpression less(ScalarExpression left, ScalarExpression right) {
    return binary(BinaryFunction.LESS, left, right);
  }

  static ScalarExpression equal(ScalarExpression left, ScalarExpression right) {
    return binary(BinaryFunction.EQUAL, left, right);
  }

  static ScalarExpression select(
      ScalarExpression condition, ScalarExpression yes, ScalarExpression no) {
    return new ScalarExpression.Select(condition, yes, no);
  }

  static ScalarExpression convert(DataType type, ScalarExpression argument) {
    return new ScalarExpression.Convert(type, argument);
  }
}
