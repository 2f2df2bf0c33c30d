package dev.tuckerc.codegen.emit;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.tensor.DataType;
import java.util.HashSet;
import java.util.Set;

/// How many machine instructions compute a scalar expression in float32 for one element, its
/// operands in registers: what NVRTC 12.9 makes of it for sm_90a, rounded.
public final class ScalarInstructions {
  private final Set<ScalarExpression> computed = new HashSet<>();

  private ScalarInstructions() {}

  /// Instructions of a result that is then rounded to a 16-bit type, or stored as it is. What the
  /// conversion to half precision does by the way costs nothing: a last rounding, and from sm_80 on
  /// a last `relu`. A last `tanh` before it is one instruction.
  ///
  /// @param converted whether a conversion follows
  /// @param computeCapability as in 90
  public static double of(ScalarExpression body, boolean converted, int computeCapability) {
    ScalarExpression last = body;
    if (converted && last instanceof ScalarExpression.Convert(_, ScalarExpression rounded)) {
      last = rounded;
    }
    double approximate = 0;
    if (converted
        && last instanceof ScalarExpression.Unary(UnaryFunction function, ScalarExpression inner)) {
      if (function == UnaryFunction.RELU && computeCapability >= 80) {
        last = inner;
      } else if (function == UnaryFunction.TANH) {
        last = inner;
        approximate = 1;
      }
    }
    return approximate + new ScalarInstructions().count(last);
  }

  /// Equal parts are computed once.
  private double count(ScalarExpression expression) {
    if (!computed.add(expression)) {
      return 0;
    }
    return switch (expression) {
      case ScalarExpression.Operand _, ScalarExpression.Literal _ -> 0;
      case ScalarExpression.Unary(UnaryFunction function, ScalarExpression argument) ->
          of(function) + count(argument);
      case ScalarExpression.Binary(
              BinaryFunction function,
              ScalarExpression left,
              ScalarExpression right) ->
          of(function) + count(left) + count(right);
      case ScalarExpression.Select(
              ScalarExpression condition,
              ScalarExpression yes,
              ScalarExpression no) ->
          1 + count(condition) + count(yes) + count(no);
      case ScalarExpression.Convert(DataType type, ScalarExpression argument) ->
          of(type) + count(argument);
    };
  }

  /// Values of 16-bit types live in float registers: rounding goes there and back, and another
  /// conversion to float is none.
  private static double of(DataType converted) {
    return switch (converted) {
      case F16, BF16 -> 2;
      case F32 -> 0;
      case F64, I64, I32, I16, I8, U64, U32, U16, U8, BOOL -> 1;
    };
  }

  private static double of(UnaryFunction function) {
    return switch (function) {
      case RELU, NEGATE, ABS, FLOOR, CEIL, ROUND, NOT, BITWISE_NOT, IS_NAN, IS_INFINITE -> 1;
      case SIGN -> 4;
      case EXP, RECIPROCAL, SQRT -> 8;
      case LOG, SIGMOID, TANH -> 16;
      case ERF, SIN, COS, TAN, ASIN, ACOS, ATAN, SINH, COSH, ASINH, ACOSH, ATANH, SOFTPLUS -> 30;
    };
  }

  private static double of(BinaryFunction function) {
    return switch (function) {
      case ADD,
          SUBTRACT,
          MULTIPLY,
          EQUAL,
          LESS,
          LESS_OR_EQUAL,
          GREATER,
          GREATER_OR_EQUAL,
          AND,
          OR,
          XOR,
          BITWISE_AND,
          BITWISE_OR,
          BITWISE_XOR,
          SHIFT_LEFT,
          SHIFT_RIGHT ->
          1;
      case MINIMUM, MAXIMUM -> 3;
      case DIVIDE -> 10;
      case MODULO, REMAINDER, POWER -> 40;
    };
  }
}
