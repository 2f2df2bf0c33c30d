package dev.tuckerc.ir;

import dev.tuckerc.tensor.DataType;
import java.util.List;
import java.util.function.IntFunction;

/// What a pointwise operation computes for one element.
public sealed interface ScalarExpression {

  /// Operand `x{index}`.
  record Operand(int index) implements ScalarExpression {}

  /// A constant of the given type.
  ///
  /// @param value numeric value (for an integer type, as a double)
  /// @param integer exact value when the type is not a float
  record Literal(DataType type, double value, long integer) implements ScalarExpression {
    /// A floating-point constant.
    public static Literal real(DataType type, double value) {
      return new Literal(type, value, (long) value);
    }

    /// An integer or boolean constant.
    public static Literal integer(DataType type, long value) {
      return new Literal(type, value, value);
    }
  }

  record Unary(UnaryFunction function, ScalarExpression argument) implements ScalarExpression {}

  /// Both arguments have the same type; the result is BOOL for comparisons, else that type.
  record Binary(BinaryFunction function, ScalarExpression left, ScalarExpression right)
      implements ScalarExpression {}

  /// `condition ? whenTrue : whenFalse`.
  record Select(ScalarExpression condition, ScalarExpression whenTrue, ScalarExpression whenFalse)
      implements ScalarExpression {}

  /// Conversion: floats round to nearest even, float to integer truncates and saturates, anything
  /// to BOOL is `!= 0`.
  record Convert(DataType type, ScalarExpression argument) implements ScalarExpression {}

  /// Type of this expression given the operands' types.
  ///
  /// @throws IrException when it is ill-typed
  default DataType type(List<DataType> operands) {
    return switch (this) {
      case Operand(int index) -> {
        if (index < 0 || index >= operands.size()) {
          throw new IrException(
              "expression uses x" + index + " of " + operands.size() + " operands");
        }
        yield operands.get(index);
      }
      case Literal literal -> literal.type();
      case Unary(UnaryFunction function, ScalarExpression argument) -> {
        DataType type = argument.type(operands);
        yield function.returnsBoolean() ? DataType.BOOL : type;
      }
      case Binary(BinaryFunction function, ScalarExpression left, ScalarExpression right) -> {
        DataType type = same(function.text(), left.type(operands), right.type(operands));
        yield function.returnsBoolean() ? DataType.BOOL : type;
      }
      case Select(ScalarExpression condition, ScalarExpression yes, ScalarExpression no) -> {
        same("select condition", DataType.BOOL, condition.type(operands));
        yield same("select", yes.type(operands), no.type(operands));
      }
      case Convert(DataType type, ScalarExpression argument) -> {
        argument.type(operands);
        yield type;
      }
    };
  }

  /// This expression with every operand replaced.
  default ScalarExpression substitute(IntFunction<ScalarExpression> replacement) {
    return switch (this) {
      case Operand(int index) -> replacement.apply(index);
      case Literal literal -> literal;
      case Unary(UnaryFunction f, ScalarExpression a) -> new Unary(f, a.substitute(replacement));
      case Binary(BinaryFunction f, ScalarExpression a, ScalarExpression b) ->
          new Binary(f, a.substitute(replacement), b.substitute(replacement));
      case Select(ScalarExpression c, ScalarExpression a, ScalarExpression b) ->
          new Select(
              c.substitute(replacement), a.substitute(replacement), b.substitute(replacement));
      case Convert(DataType type, ScalarExpression a) ->
          new Convert(type, a.substitute(replacement));
    };
  }

  private static DataType same(String what, DataType a, DataType b) {
    if (a != b) {
      throw new IrException(what + " of " + a + " and " + b + " in a pointwise expression");
    }
    return a;
  }
}
