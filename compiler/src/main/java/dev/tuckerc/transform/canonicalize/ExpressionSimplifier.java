package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Convert;
import dev.tuckerc.ir.ScalarExpression.Literal;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.ScalarExpression.Select;
import dev.tuckerc.ir.ScalarExpression.Unary;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.tensor.DataType;
import java.util.List;
import java.util.function.Predicate;

/// Simplifies scalar expressions without changing their value, but for the sign of a zero.
public final class ExpressionSimplifier {
  private final ConstantEvaluator evaluator;
  private final boolean keepRoundings;

  /// @param keepRoundings when false, a conversion to a narrower float and back is dropped: the
  ///   value then keeps more precision than its type had
  public ExpressionSimplifier(ConstantEvaluator evaluator, boolean keepRoundings) {
    this.evaluator = evaluator;
    this.keepRoundings = keepRoundings;
  }

  /// The simplified expression.
  ///
  /// @param types of the operands
  public ScalarExpression simplify(ScalarExpression expression, List<DataType> types) {
    ScalarExpression simplified =
        switch (expression) {
          case Operand operand -> operand;
          case Literal literal -> literal;
          case Unary(UnaryFunction f, ScalarExpression a) -> unary(f, simplify(a, types));
          case Binary(BinaryFunction f, ScalarExpression a, ScalarExpression b) ->
              binary(new Binary(f, simplify(a, types), simplify(b, types)));
          case Select(ScalarExpression c, ScalarExpression a, ScalarExpression b) ->
              select(simplify(c, types), simplify(a, types), simplify(b, types));
          case Convert(DataType type, ScalarExpression a) ->
              convert(type, simplify(a, types), types);
        };
    List<ScalarExpression> children = Expressions.children(simplified);
    boolean constant = !children.isEmpty() && children.stream().allMatch(Literal.class::isInstance);
    return constant ? evaluator.evaluate(simplified) : simplified;
  }

  private static ScalarExpression unary(UnaryFunction function, ScalarExpression argument) {
    if (argument instanceof Unary(UnaryFunction inner, ScalarExpression innermost)) {
      switch (function) {
        case NEGATE, NOT, BITWISE_NOT -> {
          if (inner == function) {
            return innermost;
          }
        }
        case RELU, FLOOR, CEIL, ROUND, SIGN -> {
          if (inner == function) {
            return argument;
          }
        }
        case ABS -> {
          if (inner == UnaryFunction.NEGATE) {
            return new Unary(UnaryFunction.ABS, innermost);
          }
          if (inner == UnaryFunction.ABS) {
            return argument;
          }
        }
        default -> {}
      }
    }
    return new Unary(function, argument);
  }

  private static ScalarExpression binary(Binary binary) {
    ScalarExpression left = binary.left();
    ScalarExpression right = binary.right();
    return switch (binary.function()) {
      case ADD -> isNumber(right, 0) ? left : isNumber(left, 0) ? right : binary;
      case SUBTRACT, SHIFT_LEFT, SHIFT_RIGHT -> isNumber(right, 0) ? left : binary;
      case MULTIPLY -> isNumber(right, 1) ? left : isNumber(left, 1) ? right : binary;
      case DIVIDE -> isNumber(right, 1) ? left : binary;
      case POWER -> {
        if (isNumber(right, 1)) {
          yield left;
        }
        yield isNumber(right, 2) && left instanceof Operand
            ? new Binary(BinaryFunction.MULTIPLY, left, left)
            : binary;
      }
      case AND ->
          shortCircuit(
              binary, literal -> literal.integer() != 0, literal -> literal.integer() == 0);
      case OR ->
          shortCircuit(
              binary, literal -> literal.integer() == 0, literal -> literal.integer() != 0);
      case MINIMUM, MAXIMUM -> left.equals(right) ? left : binary;
      default -> binary;
    };
  }

  /// Drops a side that is a neutral literal; a side that decides the result is the result.
  private static ScalarExpression shortCircuit(
      Binary binary, Predicate<Literal> neutral, Predicate<Literal> decides) {
    if (binary.left() instanceof Literal literal) {
      return neutral.test(literal) ? binary.right() : decides.test(literal) ? literal : binary;
    }
    if (binary.right() instanceof Literal literal) {
      return neutral.test(literal) ? binary.left() : decides.test(literal) ? literal : binary;
    }
    return binary;
  }

  private static ScalarExpression select(
      ScalarExpression condition, ScalarExpression whenTrue, ScalarExpression whenFalse) {
    if (condition instanceof Literal literal) {
      return literal.integer() != 0 ? whenTrue : whenFalse;
    }
    return whenTrue.equals(whenFalse) ? whenTrue : new Select(condition, whenTrue, whenFalse);
  }

  private ScalarExpression convert(
      DataType type, ScalarExpression argument, List<DataType> operands) {
    if (argument.type(operands) == type) {
      return argument;
    }
    if (argument instanceof Convert(DataType middle, ScalarExpression inner)
        && inner.type(operands) == type
        && (holds(middle, type) || !keepRoundings && type.isFloat() && middle.isFloat())) {
      return inner;
    }
    return new Convert(type, argument);
  }

  /// Whether every value of `narrow` is exact in `wide`.
  private static boolean holds(DataType wide, DataType narrow) {
    if (narrow == DataType.BOOL || wide == narrow) {
      return true;
    }
    if (wide == DataType.BOOL || wide.isInteger() && narrow.isFloat()) {
      return false;
    }
    if (wide.isInteger()) {
      boolean signs = wide.isUnsigned() == narrow.isUnsigned();
      return signs
          ? wide.bytes() >= narrow.bytes()
          : narrow.isUnsigned() && wide.bytes() > narrow.bytes();
    }
    if (narrow.isFloat()) {
      return wide.bytes() > narrow.bytes();
    }
    int digits = significandBits(wide);
    return narrow.bytes() * 8 - (narrow.isUnsigned() ? 0 : 1) <= digits;
  }

  private static int significandBits(DataType type) {
    return switch (type) {
      case F64 -> 53;
      case F32 -> 24;
      case F16 -> 11;
      case BF16 -> 8;
      case I64, I32, I16, I8, U64, U32, U16, U8, BOOL -> 0;
    };
  }

  private static boolean isNumber(ScalarExpression expression, int value) {
    return expression instanceof Literal literal
        && (literal.type().isFloat() ? literal.value() == value : literal.integer() == value);
  }
}
