package dev.tuckerc.emulator.isa;

/// Conversions of doubles to integers of up to 32 bits: unlike those of floats, they turn NaN into
/// the number with only the highest bit set, not into zero (PTX ISA, `cvt`).
public final class DoubleConversions {
  private DoubleConversions() {}

  public static long integer_nan_s8(double a) {
    return Double.isNaN(a) ? -0x80L : FloatConversions.integer_s8(a);
  }

  public static long integer_nan_u8(double a) {
    return Double.isNaN(a) ? 0x80L : FloatConversions.integer_u8(a);
  }

  public static long integer_nan_s16(double a) {
    return Double.isNaN(a) ? -0x8000L : FloatConversions.integer_s16(a);
  }

  public static long integer_nan_u16(double a) {
    return Double.isNaN(a) ? 0x8000L : FloatConversions.integer_u16(a);
  }

  public static long integer_nan_s32(double a) {
    return Double.isNaN(a) ? -0x80000000L : FloatConversions.integer_s32(a);
  }

  public static long integer_nan_u32(double a) {
    return Double.isNaN(a) ? 0x80000000L : FloatConversions.integer_u32(a);
  }
}
