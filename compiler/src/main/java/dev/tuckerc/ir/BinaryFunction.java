package dev.tuckerc.ir;

import java.util.Locale;

/// Functions of two scalars of one type.
public enum BinaryFunction {
  ADD,
  SUBTRACT,
  MULTIPLY,
  /// Integers: truncated towards zero.
  DIVIDE,
  /// Remainder with the divisor's sign, as Python's `%`.
  MODULO,
  /// Remainder with the dividend's sign, as C's `%` and `fmod`.
  REMAINDER,
  POWER,
  /// NaN when either is NaN.
  MINIMUM,
  /// NaN when either is NaN.
  MAXIMUM,
  EQUAL,
  LESS,
  LESS_OR_EQUAL,
  GREATER,
  GREATER_OR_EQUAL,
  /// Of BOOL.
  AND,
  OR,
  XOR,
  BITWISE_AND,
  BITWISE_OR,
  BITWISE_XOR,
  SHIFT_LEFT,
  /// Logical for unsigned types.
  SHIFT_RIGHT;

  /// Name in the text form.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Whether the result is BOOL whatever the arguments.
  public boolean returnsBoolean() {
    return switch (this) {
      case EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL -> true;
      default -> false;
    };
  }
}
