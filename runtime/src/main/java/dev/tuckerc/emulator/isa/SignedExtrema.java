package dev.tuckerc.emulator.isa;

/// `min` and `max` with `.xorsign.abs`: of the magnitudes, with the product of the signs; and of
/// three operands.
public final class SignedExtrema {
  private SignedExtrema() {}

  /// Gives a 16-bit magnitude the sign of a product.
  private static int signed(int magnitude, int a, int b) {
    return magnitude & 0x7fff | (a ^ b) & 0x8000;
  }

  private static float signed(float magnitude, float a, float b) {
    int sign = (Float.floatToRawIntBits(a) ^ Float.floatToRawIntBits(b)) & Integer.MIN_VALUE;
    return Float.intBitsToFloat(Float.floatToRawIntBits(magnitude) & Integer.MAX_VALUE | sign);
  }

  public static float min_nan_xorsign_abs_f32(float a, float b) {
    return signed(FloatMath.min_nan_f32(Math.abs(a), Math.abs(b)), a, b);
  }

  public static int min_xorsign_abs_f16(int a, int b) {
    return signed(HalfMath.min_f16(a & 0x7fff, b & 0x7fff), a, b);
  }

  public static int min_xorsign_abs_f16x2(int a, int b) {
    return IntegerBits.pack(
        min_xorsign_abs_f16(a & 0xffff, b & 0xffff), min_xorsign_abs_f16(a >>> 16, b >>> 16));
  }

  public static int min_xorsign_abs_bf16(int a, int b) {
    return signed(BfloatMath.min_bf16(a & 0x7fff, b & 0x7fff), a, b);
  }

  public static int min_xorsign_abs_bf16x2(int a, int b) {
    return IntegerBits.pack(
        min_xorsign_abs_bf16(a & 0xffff, b & 0xffff), min_xorsign_abs_bf16(a >>> 16, b >>> 16));
  }

  public static int min_nan_xorsign_abs_f16(int a, int b) {
    return signed(HalfMath.min_nan_f16(a & 0x7fff, b & 0x7fff), a, b);
  }

  public static int min_nan_xorsign_abs_f16x2(int a, int b) {
    return IntegerBits.pack(
        min_nan_xorsign_abs_f16(a & 0xffff, b & 0xffff),
        min_nan_xorsign_abs_f16(a >>> 16, b >>> 16));
  }

  public static int min_nan_xorsign_abs_bf16(int a, int b) {
    return signed(BfloatMath.min_nan_bf16(a & 0x7fff, b & 0x7fff), a, b);
  }

  public static int min_nan_xorsign_abs_bf16x2(int a, int b) {
    return IntegerBits.pack(
        min_nan_xorsign_abs_bf16(a & 0xffff, b & 0xffff),
        min_nan_xorsign_abs_bf16(a >>> 16, b >>> 16));
  }

  public static float max_nan_xorsign_abs_f32(float a, float b) {
    return signed(FloatMath.max_nan_f32(Math.abs(a), Math.abs(b)), a, b);
  }

  public static int max_xorsign_abs_f16(int a, int b) {
    return signed(HalfMath.max_f16(a & 0x7fff, b & 0x7fff), a, b);
  }

  public static int max_xorsign_abs_f16x2(int a, int b) {
    return IntegerBits.pack(
        max_xorsign_abs_f16(a & 0xffff, b & 0xffff), max_xorsign_abs_f16(a >>> 16, b >>> 16));
  }

  public static int max_xorsign_abs_bf16(int a, int b) {
    return signed(BfloatMath.max_bf16(a & 0x7fff, b & 0x7fff), a, b);
  }

  public static int max_xorsign_abs_bf16x2(int a, int b) {
    return IntegerBits.pack(
        max_xorsign_abs_bf16(a & 0xffff, b & 0xffff), max_xorsign_abs_bf16(a >>> 16, b >>> 16));
  }

  public static int max_nan_xorsign_abs_f16(int a, int b) {
    return signed(HalfMath.max_nan_f16(a & 0x7fff, b & 0x7fff), a, b);
  }

  public static int max_nan_xorsign_abs_f16x2(int a, int b) {
    return IntegerBits.pack(
        max_nan_xorsign_abs_f16(a & 0xffff, b & 0xffff),
        max_nan_xorsign_abs_f16(a >>> 16, b >>> 16));
  }

  public static int max_nan_xorsign_abs_bf16(int a, int b) {
    return signed(BfloatMath.max_nan_bf16(a & 0x7fff, b & 0x7fff), a, b);
  }

  public static int max_nan_xorsign_abs_bf16x2(int a, int b) {
    return IntegerBits.pack(
        max_nan_xorsign_abs_bf16(a & 0xffff, b & 0xffff),
        max_nan_xorsign_abs_bf16(a >>> 16, b >>> 16));
  }
}
