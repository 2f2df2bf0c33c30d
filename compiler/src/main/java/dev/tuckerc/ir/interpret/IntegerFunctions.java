package dev.tuckerc.ir.interpret;

import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.tensor.DataType;

/// Scalar functions on integers and BOOL, held in `long`: sign-extended, or zero-extended when
/// unsigned, so that only U64 needs care. Results wrap to their type.
///
/// Where C leaves a case undefined it is defined here: division and remainder by zero give 0, a
/// shift by the type's width or more (or by a negative amount) shifts everything out.
final class IntegerFunctions {
  private IntegerFunctions() {}

  /// The value wrapped to an integer type; anything but 0 is 1 as BOOL.
  static long wrap(long value, DataType type) {
    return switch (type) {
      case I64, U64 -> value;
      case I32 -> (int) value;
      case U32 -> value & 0xffff_ffffL;
      case I16 -> (short) value;
      case U16 -> value & 0xffff;
      case I8 -> (byte) value;
      case U8 -> value & 0xff;
      case BOOL -> value != 0 ? 1 : 0;
      case F64, F32, F16, BF16 -> throw new IllegalArgumentException(type + " is no integer type");
    };
  }

  static void unary(UnaryFunction function, DataType type, long[] x, long[] y, int n) {
    for (int i = 0; i < n; i++) {
      y[i] = wrap(apply(function, type, x[i]), type);
    }
  }

  private static long apply(UnaryFunction function, DataType type, long x) {
    return switch (function) {
      case NEGATE -> -x;
      case ABS -> type.isUnsigned() ? x : Math.abs(x);
      case SIGN -> type.isUnsigned() ? (x != 0 ? 1 : 0) : Long.signum(x);
      case FLOOR, CEIL, ROUND -> x;
      case RELU -> type.isUnsigned() ? x : Math.max(x, 0);
      case NOT -> x == 0 ? 1 : 0;
      case BITWISE_NOT -> ~x;
      case IS_NAN, IS_INFINITE -> 0;
      default -> throw new IllegalArgumentException(function.text() + " of " + type);
    };
  }

  static void binary(BinaryFunction function, DataType type, long[] a, long[] b, long[] y, int n) {
    DataType resultType = function.returnsBoolean() ? DataType.BOOL : type;
    for (int i = 0; i < n; i++) {
      y[i] = wrap(apply(function, type, a[i], b[i]), resultType);
    }
  }

  private static long apply(BinaryFunction function, DataType type, long a, long b) {
    boolean unsigned = type == DataType.U64;
    return switch (function) {
      case ADD -> a + b;
      case SUBTRACT -> a - b;
      case MULTIPLY -> a * b;
      case DIVIDE -> b == 0 ? 0 : unsigned ? Long.divideUnsigned(a, b) : a / b;
      case MODULO -> b == 0 ? 0 : unsigned ? Long.remainderUnsigned(a, b) : Math.floorMod(a, b);
      case REMAINDER -> b == 0 ? 0 : unsigned ? Long.remainderUnsigned(a, b) : a % b;
      case POWER -> power(a, b, type);
      case MINIMUM -> compare(a, b, unsigned) <= 0 ? a : b;
      case MAXIMUM -> compare(a, b, unsigned) >= 0 ? a : b;
      case EQUAL -> a == b ? 1 : 0;
      case LESS -> compare(a, b, unsigned) < 0 ? 1 : 0;
      case LESS_OR_EQUAL -> compare(a, b, unsigned) <= 0 ? 1 : 0;
      case GREATER -> compare(a, b, unsigned) > 0 ? 1 : 0;
      case GREATER_OR_EQUAL -> compare(a, b, unsigned) >= 0 ? 1 : 0;
      case AND, BITWISE_AND -> a & b;
      case OR, BITWISE_OR -> a | b;
      case XOR, BITWISE_XOR -> a ^ b;
      case SHIFT_LEFT -> outside(b, type) ? 0 : a << b;
      case SHIFT_RIGHT ->
          outside(b, type) ? a < 0 && !unsigned ? -1 : 0 : unsigned ? a >>> b : a >> b;
    };
  }

  private static boolean outside(long shift, DataType type) {
    return shift < 0 || shift >= 8L * type.bytes();
  }

  static int compare(long a, long b, boolean unsigned) {
    return unsigned ? Long.compareUnsigned(a, b) : Long.compare(a, b);
  }

  /// By squaring, wrapping; a negative exponent gives the reciprocal truncated towards zero.
  private static long power(long base, long exponent, DataType type) {
    if (exponent < 0 && !type.isUnsigned()) {
      return base == 1 ? 1 : base == -1 ? (exponent & 1) == 0 ? 1 : -1 : 0;
    }
    long result = 1;
    long square = base;
    for (long bits = exponent; bits != 0; bits >>>= 1) {
      if ((bits & 1) != 0) {
        result *= square;
      }
      square *= square;
    }
    return result;
  }
}
