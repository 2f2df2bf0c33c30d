package dev.tuckerc.ir.text;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.ScalarExpression;

/// Prints scalar expressions: `relu(x0 + x1 * 0.5:f32)`.
final class ScalarText {
  private static final int SUM = 1;
  private static final int TERM = 2;
  private static final int FACTOR = 3;

  private ScalarText() {}

  static String print(ScalarExpression expression) {
    StringBuilder out = new StringBuilder();
    print(expression, SUM, out);
    return out.toString();
  }

  /// Prints an expression where one of at least this binding strength is wanted.
  private static void print(ScalarExpression expression, int strength, StringBuilder out) {
    switch (expression) {
      case ScalarExpression.Operand(int index) -> out.append('x').append(index);
      case ScalarExpression.Literal literal ->
          out.append(
                  literal.type().isFloat()
                      ? Numbers.real(literal.value())
                      : Numbers.integer(literal.type(), literal.integer()))
              .append(':')
              .append(literal.type());
      case ScalarExpression.Unary(var function, var argument) ->
          call(function.text(), out, argument);
      case ScalarExpression.Convert(var type, var argument) -> call(type.text(), out, argument);
      case ScalarExpression.Select(var condition, var yes, var no) ->
          call("select", out, condition, yes, no);
      case ScalarExpression.Binary(var function, var left, var right) -> {
        String operator = operator(function);
        if (operator.isEmpty()) {
          call(function.text(), out, left, right);
          return;
        }
        int own =
            function == BinaryFunction.ADD || function == BinaryFunction.SUBTRACT ? SUM : TERM;
        if (own < strength) {
          out.append('(');
        }
        print(left, own, out);
        out.append(' ').append(operator).append(' ');
        print(right, own == SUM ? TERM : FACTOR, out);
        if (own < strength) {
          out.append(')');
        }
      }
    }
  }

  private static void call(String name, StringBuilder out, ScalarExpression... arguments) {
    out.append(name).append('(');
    for (int i = 0; i < arguments.length; i++) {
      out.append(i == 0 ? "" : ", ");
      print(arguments[i], SUM, out);
    }
    out.append(')');
  }

  private static String operator(BinaryFunction function) {
    return switch (function) {
      case ADD -> "+";
      case SUBTRACT -> "-";
      case MULTIPLY -> "*";
      case DIVIDE -> "/";
      default -> "";
    };
  }
}
