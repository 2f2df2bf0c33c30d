package dev.tuckerc.transform.fuse;

import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.ScalarExpression.Binary;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.ScalarExpression.Unary;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.canonicalize.Expressions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Composition of pointwise work, and its limits.
final class Fusion {
  /// Most operands of one fused kernel.
  static final int MOST_OPERANDS = 8;

  /// Largest fused expression, in tree nodes.
  static final int LARGEST_EXPRESSION = 200;

  private Fusion() {}

  /// A fused operand list under construction: every value once.
  static final class Operands {
    private final Map<Value, Integer> indices = new LinkedHashMap<>();

    /// The expression that stands for a value.
    Operand use(Value value) {
      Integer index = indices.get(value);
      if (index == null) {
        index = indices.size();
        indices.put(value, index);
      }
      return new Operand(index);
    }

    List<Value> values() {
      return new ArrayList<>(indices.keySet());
    }
  }

  /// Whether computing the expression more than once is no worse than reading its result.
  static boolean isCheap(ScalarExpression expression) {
    boolean self =
        switch (expression) {
          case Unary(var function, _) ->
              switch (function) {
                case NEGATE, ABS, RELU, NOT, BITWISE_NOT, SIGN, FLOOR, CEIL, ROUND -> true;
                default -> false;
              };
          case Binary(var function, _, _) ->
              switch (function) {
                case DIVIDE, MODULO, REMAINDER, POWER -> false;
                default -> true;
              };
          default -> true;
        };
    return self && Expressions.children(expression).stream().allMatch(Fusion::isCheap);
  }
}
