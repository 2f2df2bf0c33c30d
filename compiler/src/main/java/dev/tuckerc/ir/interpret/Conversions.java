package dev.tuckerc.ir.interpret;

import dev.tuckerc.tensor.DataType;

/// Conversion between element types: floats round to nearest even, float to integer truncates and
/// saturates (NaN gives 0), integers wrap, anything to BOOL is `!= 0`.
final class Conversions {
  private Conversions() {}

  /// Converts `n` elements held in `double[]` (floats) or `long[]` (others).
  static void convert(DataType from, Object in, DataType to, Object out, int n) {
    if (in instanceof double[] x) {
      if (out instanceof double[] y) {
        System.arraycopy(x, 0, y, 0, n);
        FloatFunctions.round(y, n, to);
      } else {
        long[] y = (long[]) out;
        for (int i = 0; i < n; i++) {
          y[i] = toInteger(x[i], to);
        }
      }
      return;
    }
    long[] x = (long[]) in;
    if (out instanceof long[] y) {
      for (int i = 0; i < n; i++) {
        y[i] = IntegerFunctions.wrap(x[i], to);
      }
      return;
    }
    double[] y = (double[]) out;
    for (int i = 0; i < n; i++) {
      y[i] = toFloat(x[i], from == DataType.U64, to);
    }
  }

  private static long toInteger(double value, DataType type) {
    return switch (type) {
      case BOOL -> value != 0 ? 1 : 0;
      case I64 -> (long) value;
      case U64 ->
          value >= 0x1p64
              ? -1
              : value >= 0x1p63
                  ? (long) (value - 0x1p63) + Long.MIN_VALUE
                  : (long) Math.max(value, 0);
      case I32, I16, I8 -> {
        long limit = 1L << 8 * type.bytes() - 1;
        yield Math.clamp((long) value, -limit, limit - 1);
      }
      case U32, U16, U8 -> Math.clamp((long) value, 0, (1L << 8 * type.bytes()) - 1);
      case F64, F32, F16, BF16 -> throw new IllegalArgumentException(type + " is no integer type");
    };
  }

  private static double toFloat(long value, boolean unsigned, DataType type) {
    if (unsigned && value < 0) {
      // Halved, with the lost bit kept as a sticky bit, so that one rounding remains.
      return 2 * toFloat(value >>> 1 | value & 1, false, type);
    }
    return switch (type) {
      case F64 -> value;
      case F32 -> (float) value;
      // Round to odd at 53 bits, which makes the second rounding correct.
      case F16, BF16 -> FloatFunctions.round(oddDouble(value), type);
      case I64, I32, I16, I8, U64, U32, U16, U8, BOOL ->
          throw new IllegalArgumentException(type + " is no floating-point type");
    };
  }

  private static double oddDouble(long value) {
    double nearest = value;
    if ((long) nearest == value && nearest != 0x1p63) {
      return nearest;
    }
    long bits = Double.doubleToRawLongBits(nearest);
    if ((bits & 1) != 0) {
      return nearest;
    }
    boolean tooLarge = nearest == 0x1p63 || Math.abs((long) nearest) > Math.abs(value);
    return Double.longBitsToDouble(tooLarge ? bits - 1 : bits + 1);
  }
}
