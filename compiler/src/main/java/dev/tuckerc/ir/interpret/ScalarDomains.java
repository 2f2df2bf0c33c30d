package dev.tuckerc.ir.interpret;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.tensor.DataType;

/// The element types each scalar function is defined on.
public final class ScalarDomains {
  private ScalarDomains() {}

  /// Whether the function is defined on this type.
  public static boolean allows(UnaryFunction function, DataType type) {
    return switch (function) {
      case NEGATE, ABS, SIGN, FLOOR, CEIL, ROUND, RELU, IS_NAN, IS_INFINITE ->
          type != DataType.BOOL;
      case RECIPROCAL, SQRT, EXP, LOG, SIGMOID, TANH, ERF, SIN, COS, TAN, ASIN, ACOS, ATAN ->
          type.isFloat();
      case SINH, COSH, ASINH, ACOSH, ATANH, SOFTPLUS -> type.isFloat();
      case NOT -> type == DataType.BOOL;
      case BITWISE_NOT -> type.isInteger();
    };
  }

  /// Whether the function is defined on this type.
  public static boolean allows(BinaryFunction function, DataType type) {
    return switch (function) {
      case ADD, SUBTRACT, MULTIPLY, DIVIDE, MODULO, REMAINDER, POWER -> type != DataType.BOOL;
      case MINIMUM, MAXIMUM, EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> true;
      case AND, OR, XOR -> type == DataType.BOOL;
      case BITWISE_AND, BITWISE_OR, BITWISE_XOR, SHIFT_LEFT, SHIFT_RIGHT -> type.isInteger();
    };
  }

  /// Fails when the function at the root of an expression is not defined on its arguments' type.
  static void check(String name, DataType type, ScalarExpression expression) {
    boolean allowed =
        switch (expression) {
          case ScalarExpression.Unary unary -> allows(unary.function(), type);
          case ScalarExpression.Binary binary -> allows(binary.function(), type);
          case ScalarExpression.Operand _,
              ScalarExpression.Literal _,
              ScalarExpression.Select _,
              ScalarExpression.Convert _ ->
              true;
        };
    if (!allowed) {
      throw new IrException("pointwise function " + name + " is not defined on " + type);
    }
  }
}
