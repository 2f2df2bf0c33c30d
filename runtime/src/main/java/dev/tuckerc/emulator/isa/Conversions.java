package dev.tuckerc.emulator.isa;

/// Type conversions. A general `cvt` is a chain: the source widened to `long` or `double`, which
/// hold it exactly, then rounded or clamped, then narrowed to the destination; the steps are in
/// [IntegerConversions] and [FloatConversions]. Frequent conversions have a method of their own
/// here.
public final class Conversions {
  private Conversions() {}

  /// Rounds to nearest with ties away from zero, to 10 mantissa bits.
  public static float cvt_rna_tf32_f32(float a) {
    int bits = Float.floatToRawIntBits(a);
    if ((bits & 0x7f80_0000) == 0x7f80_0000) {
      return a;
    }
    return Float.intBitsToFloat((bits + 0x1000) & 0xffff_e000);
  }

  /// Rounds to nearest even, to 10 mantissa bits.
  public static float cvt_rn_tf32_f32(float a) {
    int bits = Float.floatToRawIntBits(a);
    if ((bits & 0x7f80_0000) == 0x7f80_0000) {
      return a;
    }
    return Float.intBitsToFloat((bits + 0xfff + (bits >>> 13 & 1)) & 0xffff_e000);
  }

  public static float cvt_rn_f32_s32(int a) {
    return (float) a;
  }

  public static int cvt_u32_u64(long a) {
    return (int) a;
  }

  public static int cvt_s32_s64(long a) {
    return (int) a;
  }

  public static long cvt_u64_u32(int a) {
    return a & 0xffff_ffffL;
  }

  public static long cvt_s64_s32(int a) {
    return a;
  }

  public static float cvt_f32_f16(int a) {
    return Half.toFloat(a);
  }

  public static int cvt_rn_f16_f32(float a) {
    return Half.fromFloat(a);
  }

  public static float cvt_f32_bf16(int a) {
    return Half.bfloatToFloat(a);
  }

  public static int cvt_rn_bf16_f32(float a) {
    return Half.bfloatFromFloat(a);
  }

  public static double cvt_f64_f32(float a) {
    return a;
  }

  public static float cvt_rn_f32_f64(double a) {
    return (float) a;
  }

  public static double cvt_rn_f64_s32(int a) {
    return a;
  }

  public static int cvt_u16_u32(int a) {
    return a & 0xffff;
  }

  public static int cvt_u32_u16(int a) {
    return a & 0xffff;
  }

  public static int cvt_s32_s16(int a) {
    return (short) a;
  }

  public static int cvt_rn_f16x2_f32(float a, float b) {
    return IntegerBits.pack(Half.fromFloat(b), Half.fromFloat(a));
  }

  public static int cvt_rn_bf16x2_f32(float a, float b) {
    return IntegerBits.pack(Half.bfloatFromFloat(b), Half.bfloatFromFloat(a));
  }

  public static int cvt_rn_relu_f16x2_f32(float a, float b) {
    return cvt_rn_f16x2_f32(a < 0 ? 0f : a, b < 0 ? 0f : b);
  }

  public static int cvt_rn_relu_bf16x2_f32(float a, float b) {
    return cvt_rn_bf16x2_f32(a < 0 ? 0f : a, b < 0 ? 0f : b);
  }

  public static int cvt_rz_f16x2_f32(float a, float b) {
    return IntegerBits.pack(FloatConversions.f16_rz(b), FloatConversions.f16_rz(a));
  }

  public static int cvt_rz_bf16x2_f32(float a, float b) {
    return IntegerBits.pack(FloatConversions.bf16_rz(b), FloatConversions.bf16_rz(a));
  }

  public static int cvt_rzi_s32_f32(float a) {
    return Float.isNaN(a) ? 0 : (int) a;
  }
}
