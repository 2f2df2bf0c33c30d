package dev.tuckerc.ir.text;

import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Prints types: `f16[N,64,56,56]{NHWC}`.
final class TypeText {
  private static final Pattern PLAIN =
      Pattern.compile("[A-Za-z0-9_+*/()-]*[A-Za-z_][A-Za-z0-9_+*/()-]*");

  private TypeText() {}

  static String print(TensorType type) {
    String layout = type.layout().isRowMajor() ? "" : "{" + type.layout() + "}";
    return type.elementType() + print(type.shape()) + layout;
  }

  static String print(Shape shape) {
    return shape.dims().stream().map(TypeText::print).collect(Collectors.joining(",", "[", "]"));
  }

  private static String print(Dim dim) {
    return switch (dim) {
      case Dim.Known(long extent) -> Long.toString(extent);
      case Dim.Symbolic(String expression) ->
          isPlain(expression) ? expression : Strings.quote(expression);
    };
  }

  /// Whether the grammar reads the expression back as it is: words, numbers and operators with
  /// balanced parentheses, and nothing that means something else.
  private static boolean isPlain(String expression) {
    if (!PLAIN.matcher(expression).matches()
        || expression.contains("//")
        || expression.contains("()")
        || expression.equals("inf")
        || expression.equals("-inf")
        || expression.equals("nan")
        || expression.equals("-nan")
        || expression.matches("-?[0-9]+[eE][+-]?[0-9]+")) {
      return false;
    }
    int depth = 0;
    int deepest = 0;
    for (char c : expression.toCharArray()) {
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      deepest = Math.max(deepest, depth);
      if (depth < 0) {
        return false;
      }
    }
    return depth == 0 && deepest <= 16;
  }
}
