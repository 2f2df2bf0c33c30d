package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Convert;
import dev.tuckerc.ir.ScalarExpression.Literal;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.ScalarExpression.Select;
import dev.tuckerc.ir.ScalarExpression.Unary;
import java.util.List;

/// Questions about scalar expressions.
public final class Expressions {
  private Expressions() {}

  /// The expressions right below this one.
  public static List<ScalarExpression> children(ScalarExpression expression) {
    return switch (expression) {
      case Operand _, Literal _ -> List.of();
      case Unary(_, ScalarExpression a) -> List.of(a);
      case Binary(_, ScalarExpression a, ScalarExpression b) -> List.of(a, b);
      case Select(ScalarExpression c, ScalarExpression a, ScalarExpression b) -> List.of(c, a, b);
      case Convert(_, ScalarExpression a) -> List.of(a);
    };
  }

  /// How often operand `index` occurs.
  public static int occurrences(ScalarExpression expression, int index) {
    return expression instanceof Operand(int own)
        ? own == index ? 1 : 0
        : children(expression).stream().mapToInt(child -> occurrences(child, index)).sum();
  }

  /// Whether operand `index` occurs.
  public static boolean uses(ScalarExpression expression, int index) {
    return expression instanceof Operand(int own)
        ? own == index
        : children(expression).stream().anyMatch(child -> uses(child, index));
  }

  /// Number of nodes of the expression tree.
  public static int size(ScalarExpression expression) {
    return 1 + children(expression).stream().mapToInt(Expressions::size).sum();
  }
}
