package dev.tuckerc.codegen.template;

import java.util.List;
import java.util.Map;

/// An integer expression of a directive; truth is 1 or 0, as in C.
public sealed interface TemplateExpression {

  record Number(long value) implements TemplateExpression {}

  record Name(String name) implements TemplateExpression {}

  /// `min`, `max` or `ceildiv` of its arguments.
  record Call(String function, List<TemplateExpression> arguments) implements TemplateExpression {
    public Call {
      arguments = List.copyOf(arguments);
    }
  }

  record Unary(String operator, TemplateExpression argument) implements TemplateExpression {}

  record Binary(String operator, TemplateExpression left, TemplateExpression right)
      implements TemplateExpression {}

  record Choice(TemplateExpression condition, TemplateExpression yes, TemplateExpression no)
      implements TemplateExpression {}

  /// Value of this expression.
  ///
  /// @param bindings values of all names
  /// @throws TemplateException when a name has no value or the arithmetic is undefined
  default long evaluate(Map<String, Long> bindings) {
    return switch (this) {
      case Number(long value) -> value;
      case Name(String name) -> {
        Long value = bindings.get(name);
        if (value == null) {
          throw new TemplateException("'" + name + "' has no value");
        }
        yield value;
      }
      case Call(String function, List<TemplateExpression> arguments) ->
          call(function, arguments, bindings);
      case Unary(String operator, TemplateExpression argument) -> {
        long value = argument.evaluate(bindings);
        yield operator.equals("-") ? -value : truth(value == 0);
      }
      case Binary(String operator, TemplateExpression left, TemplateExpression right) ->
          binary(operator, left, right, bindings);
      case Choice(TemplateExpression condition, TemplateExpression yes, TemplateExpression no) ->
          condition.evaluate(bindings) != 0 ? yes.evaluate(bindings) : no.evaluate(bindings);
    };
  }

  private static long call(
      String function, List<TemplateExpression> arguments, Map<String, Long> bindings) {
    long value = arguments.getFirst().evaluate(bindings);
    for (TemplateExpression argument : arguments.subList(1, arguments.size())) {
      long next = argument.evaluate(bindings);
      value =
          switch (function) {
            case "min" -> Math.min(value, next);
            case "max" -> Math.max(value, next);
            case "ceildiv" -> Math.ceilDiv(value, nonZero(next));
            default -> throw new TemplateException("unknown function '" + function + "'");
          };
    }
    return value;
  }

  private static long binary(
      String operator,
      TemplateExpression left,
      TemplateExpression right,
      Map<String, Long> bindings) {
    long a = left.evaluate(bindings);
    // The right side is not evaluated where it does not count, so that `D != 0 && N % D == 0`
    // works.
    if (operator.equals("&&")) {
      return truth(a != 0 && right.evaluate(bindings) != 0);
    }
    if (operator.equals("||")) {
      return truth(a != 0 || right.evaluate(bindings) != 0);
    }
    long b = right.evaluate(bindings);
    return switch (operator) {
      case "+" -> Math.addExact(a, b);
      case "-" -> Math.subtractExact(a, b);
      case "*" -> Math.multiplyExact(a, b);
      case "/" -> a / nonZero(b);
      case "%" -> a % nonZero(b);
      case "==" -> truth(a == b);
      case "!=" -> truth(a != b);
      case "<" -> truth(a < b);
      case "<=" -> truth(a <= b);
      case ">" -> truth(a > b);
      case ">=" -> truth(a >= b);
      default -> throw new TemplateException("unknown operator '" + operator + "'");
    };
  }

  private static long nonZero(long divisor) {
    if (divisor == 0) {
      throw new TemplateException("division by zero");
    }
    return divisor;
  }

  private static long truth(boolean value) {
    return value ? 1 : 0;
  }
}
