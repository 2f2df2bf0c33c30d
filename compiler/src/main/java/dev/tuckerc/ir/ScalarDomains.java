package dev.tuckerc.ir;

import dev.tuckerc.tensor.DataType;
import java.util.List;

/// The element types that each scalar function is defined on.
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

  /// Checks every function of a well-typed expression.
  ///
  /// @throws IrException when one is not defined on its arguments' type, or the expression is
  ///   ill-typed
  public static void check(ScalarExpression expression, List<DataType> operands) {
    switch (expression) {
      case ScalarExpression.Operand operand -> operand.type(operands);
      case ScalarExpression.Literal _ -> {}
      case ScalarExpression.Convert(_, ScalarExpression argument) -> check(argument, operands);
      case ScalarExpression.Unary(UnaryFunction function, ScalarExpression argument) -> {
        check(argument, operands);
        require(function, argument.type(operands));
      }
      case ScalarExpression.Binary(
              BinaryFunction function,
              ScalarExpression left,
              ScalarExpression right) -> {
        check(left, operands);
        check(right, operands);
        require(function, left.type(operands));
      }
      case ScalarExpression.Select(
              ScalarExpression condition,
              ScalarExpression yes,
              ScalarExpression no) -> {
        check(condition, operands);
        check(yes, operands);
        check(no, operands);
      }
    }
  }

  /// @throws IrException when the function is not defined on this type
  public static void require(UnaryFunction function, DataType type) {
    if (!allows(function, type)) {
      throw undefined(function.text(), type);
    }
  }

  /// @throws IrException when the function is not defined on this type
  public static void require(BinaryFunction function, DataType type) {
    if (!allows(function, type)) {
      throw undefined(function.text(), type);
    }
  }

  private static IrException undefined(String function, DataType type) {
    return new IrException("pointwise function " + function + " is not defined on " + type);
  }
}
