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
}
