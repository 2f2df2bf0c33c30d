package dev.tuckerc.tensor;

/// Rounding of doubles to 16-bit formats, to nearest even, without double rounding.
final class Rounding {
  private Rounding() {}

  /// Bits of the nearest IEEE binary16 value.
  static short toFloat16(double value) {
    return Float.floatToFloat16(toOddFloat(value));
  }

  /// Bits of the nearest bfloat16 value.
  static short toBfloat16(double value) {
    if (Double.isNaN(value)) {
      return (short) 0x7fc0;
    }
    int bits = Float.floatToRawIntBits(toOddFloat(value));
    int rounded = bits + 0x7fff + (bits >>> 16 & 1);
    return (short) (rounded >>> 16);
  }

  /// Rounds to float with the last bit forced odd when inexact ("round to odd"), which makes a
  /// second rounding to a narrower format correct.
  private static float toOddFloat(double value) {
    float nearest = (float) value;
    if (nearest == value || Float.isNaN(nearest) || Float.isInfinite(nearest)) {
      return nearest;
    }
    int bits = Float.floatToRawIntBits(nearest);
    if ((bits & 1) != 0) {
      return nearest;
    }
    boolean above = Math.abs((double) nearest) > Math.abs(value);
    return Float.intBitsToFloat(above ? bits - 1 : bits + 1);
  }

  /// Truncates towards zero and saturates to an integer type; NaN gives 0.
  static long toInteger(double value, DataType type) {
    if (type == DataType.U64) {
      return value >= 0x1p64
          ? -1
          : value >= 0x1p63 ? (long) (value - 0x1p63) + Long.MIN_VALUE : (long) Math.max(value, 0);
    }
    if (type == DataType.I64) {
      return (long) value;
    }
    int bits = 8 * type.bytes();
    long highest = type.isUnsigned() ? (1L << bits) - 1 : (1L << bits - 1) - 1;
    return Math.clamp((long) value, type.isUnsigned() ? 0 : -highest - 1, highest);
  }

  /// Rounds an integer to a double with the last bit forced odd when inexact.
  static double toOddDouble(long value) {
    double nearest = value;
    if ((long) nearest == value && nearest != 0x1p63) {
      return nearest;
    }
    long bits = Double.doubleToRawLongBits(nearest);
    if ((bits & 1) != 0) {
      return nearest;
    }
    boolean above = nearest == 0x1p63 || Math.abs((long) nearest) > Math.abs(value);
    return Double.longBitsToDouble(above ? bits - 1 : bits + 1);
  }
}
