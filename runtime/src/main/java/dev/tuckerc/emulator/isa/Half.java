package dev.tuckerc.emulator.isa;

/// Conversions between `float` and the 16-bit float formats.
public final class Half {
  private Half() {}

  /// Widens binary16.
  public static float toFloat(int half) {
    return Float.float16ToFloat((short) half);
  }

  /// Rounds to nearest even binary16.
  public static int fromFloat(float value) {
    return Float.floatToFloat16(value) & 0xffff;
  }

  /// Rounds a double to nearest even binary16, once.
  public static int fromDouble(double value) {
    return fromFloat(Rounding.toOddFloat(value));
  }

  /// Widens bfloat16.
  public static float bfloatToFloat(int bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /// Rounds to nearest even bfloat16.
  public static int bfloatFromFloat(float value) {
    int bits = Float.floatToRawIntBits(value);
    if ((bits & 0x7fff_ffff) > 0x7f80_0000) {
      return 0x7fff;
    }
    return (bits + 0x7fff + (bits >>> 16 & 1)) >>> 16;
  }

  /// Rounds a double to nearest even bfloat16, once.
  public static int bfloatFromDouble(double value) {
    return bfloatFromFloat(Rounding.toOddFloat(value));
  }
}
