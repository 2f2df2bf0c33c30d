package dev.tuckerc.ir;

import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Convert;
import dev.tuckerc.ir.ScalarExpression.Literal;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.ScalarExpression.Select;
import dev.tuckerc.ir.ScalarExpression.Unary;
import java.util.Optional;

/// Operands that an expression does nothing with but add them to something: in `relu(x0 + f32(x1))`
/// both are summands of one sum, so that two sums may be made one before the expression is applied.
/// Conversions between floating-point types do not count: they round.
public final class Summands {
  private Summands() {}

  /// Whether an expression is a sum of which an operand is one part: `x0 + x1`, or `x0` alone.
  public static boolean isSummand(ScalarExpression expression, int operand) {
    return uses(expression, operand) == 1 && isPart(expression, operand);
  }

  /// A sum without one of its parts; empty where nothing else is added.
  ///
  /// @param operand a summand of the expression
  public static Optional<ScalarExpression> without(ScalarExpression expression, int operand) {
    return switch (expression) {
      case Convert(var type, ScalarExpression argument) ->
          without(argument, operand).map(rest -> new Convert(type, rest));
      case Binary(var function, ScalarExpression left, ScalarExpression right) -> {
        boolean onTheLeft = uses(left, operand) > 0;
        ScalarExpression other = onTheLeft ? right : left;
        yield Optional.of(
            without(onTheLeft ? left : right, operand)
                .<ScalarExpression>map(rest -> new Binary(function, rest, other))
                .orElse(other));
      }
      case Operand _, Literal _, Unary _, Select _ -> Optional.empty();
    };
  }

  /// The same expression where the operand `sum` already holds what `addend` would add to it.
  ///
  /// @param rest stands for what remains of the addend; empty where nothing does
  /// @return empty unless both are summands of one sum and used nowhere else
  public static Optional<ScalarExpression> joined(
      ScalarExpression expression, int sum, int addend, Optional<ScalarExpression> rest) {
    return uses(expression, sum) == 1 && uses(expression, addend) == 1
        ? join(expression, sum, addend, rest)
        : Optional.empty();
  }

  private static Optional<ScalarExpression> join(
      ScalarExpression expression, int sum, int addend, Optional<ScalarExpression> rest) {
    return switch (expression) {
      case Operand _, Literal _, Select _ -> Optional.empty();
      case Unary(var function, ScalarExpression argument) ->
          join(argument, sum, addend, rest).map(own -> new Unary(function, own));
      case Convert(var type, ScalarExpression argument) ->
          join(argument, sum, addend, rest).map(own -> new Convert(type, own));
      case Binary(var function, ScalarExpression left, ScalarExpression right) -> {
        int onTheLeft = uses(left, sum) + uses(left, addend);
        if (onTheLeft == 2) {
          yield join(left, sum, addend, rest).map(own -> new Binary(function, own, right));
        }
        if (onTheLeft == 0) {
          yield join(right, sum, addend, rest).map(own -> new Binary(function, left, own));
        }
        boolean sumFirst = uses(left, sum) == 1;
        ScalarExpression own = sumFirst ? left : right;
        ScalarExpression other = sumFirst ? right : left;
        if (function != BinaryFunction.ADD || !isPart(own, sum) || !isPart(other, addend)) {
          yield Optional.empty();
        }
        Optional<ScalarExpression> more =
            rest.map(value -> other.substitute(i -> i == addend ? value : new Operand(i)))
                .or(() -> without(other, addend));
        yield Optional.of(
            more.<ScalarExpression>map(m -> new Binary(BinaryFunction.ADD, own, m)).orElse(own));
      }
    };
  }

  /// Whether the one use of an operand is as part of the sum that the expression is.
  private static boolean isPart(ScalarExpression expression, int operand) {
    return switch (expression) {
      case Operand(int index) -> index == operand;
      case Convert(var type, ScalarExpression argument) ->
          type.isFloat() && isPart(argument, operand);
      case Binary(var function, ScalarExpression left, ScalarExpression right) ->
          function == BinaryFunction.ADD && (isPart(left, operand) || isPart(right, operand));
      case Literal _, Unary _, Select _ -> false;
    };
  }

  private static int uses(ScalarExpression expression, int operand) {
    return switch (expression) {
      case Operand(int index) -> index == operand ? 1 : 0;
      case Literal _ -> 0;
      case Unary(var _, ScalarExpression argument) -> uses(argument, operand);
      case Convert(var _, ScalarExpression argument) -> uses(argument, operand);
      case Binary(var _, ScalarExpression left, ScalarExpression right) ->
          uses(left, operand) + uses(right, operand);
      case Select(ScalarExpression condition, ScalarExpression yes, ScalarExpression no) ->
          uses(condition, operand) + uses(yes, operand) + uses(no, operand);
    };
  }
}
