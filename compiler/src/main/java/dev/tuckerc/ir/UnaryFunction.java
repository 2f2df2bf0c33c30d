package dev.tuckerc.ir;

import java.util.Locale;

/// Functions of one scalar.
public enum UnaryFunction {
  NEGATE,
  ABS,
  SIGN,
  RECIPROCAL,
  SQRT,
  EXP,
  LOG,
  FLOOR,
  CEIL,
  /// To the nearest integer, halves to even.
  ROUND,
  RELU,
  SIGMOID,
  TANH,
  ERF,
  SIN,
  COS,
  TAN,
  ASIN,
  ACOS,
  ATAN,
  SINH,
  COSH,
  ASINH,
  ACOSH,
  ATANH,
  /// `log(1 + exp(x))`, without overflow.
  SOFTPLUS,
  /// Logical not of a BOOL.
  NOT,
  /// Bitwise not of an integer.
  BITWISE_NOT,
  IS_NAN,
  IS_INFINITE;

  /// Name in the text form.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Whether the result is BOOL whatever the argument.
  public boolean returnsBoolean() {
    return this == IS_NAN || this == IS_INFINITE;
  }
}
