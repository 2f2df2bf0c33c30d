package dev.tuckerc.emulator.isa;

/// Less frequent integer functions: on packed elements, of 24 bits, sums of differences, packing
/// with saturation; and the corrections of 16-bit floats that modifiers ask for.
public final class PackedMath {
  private PackedMath() {}

  public static int min_relu_s16x2(int a, int b) {
    return IntegerBits.pack(relu(Math.min((short) a, (short) b)), relu(Math.min(a >> 16, b >> 16)));
  }

  public static int max_relu_s16x2(int a, int b) {
    return IntegerBits.pack(relu(Math.max((short) a, (short) b)), relu(Math.max(a >> 16, b >> 16)));
  }

  /// Another spelling that NVRTC emits.
  public static int min_s16x2_relu(int a, int b) {
    return min_relu_s16x2(a, b);
  }

  /// Another spelling that NVRTC emits.
  public static int max_s16x2_relu(int a, int b) {
    return max_relu_s16x2(a, b);
  }

  /// Another spelling that NVRTC emits.
  public static int min_s32_relu(int a, int b) {
    return relu(Math.min(a, b));
  }

  /// Another spelling that NVRTC emits.
  public static int max_s32_relu(int a, int b) {
    return relu(Math.max(a, b));
  }

  private static int relu(int value) {
    return Math.max(value, 0);
  }

  public static int mad24_hi_s32(int a, int b, int c) {
    return IntegerMath.mul24_hi_s32(a, b) + c;
  }

  public static int mad24_hi_u32(int a, int b, int c) {
    return IntegerMath.mul24_hi_u32(a, b) + c;
  }

  public static int mad24_hi_sat_s32(int a, int b, int c) {
    return IntegerMath.add_sat_s32(IntegerMath.mul24_hi_s32(a, b), c);
  }

  public static int sad_s16(int a, int b, int c) {
    return c + Math.abs((short) a - (short) b) & 0xffff;
  }

  public static int sad_u16(int a, int b, int c) {
    return c + Math.abs((a & 0xffff) - (b & 0xffff)) & 0xffff;
  }

  public static long sad_s64(long a, long b, long c) {
    return c + Math.max(a, b) - Math.min(a, b);
  }

  public static long sad_u64(long a, long b, long c) {
    return c + (Long.compareUnsigned(a, b) < 0 ? b - a : a - b);
  }

  public static long shr_b64(long a, int b) {
    return LongMath.shr_u64(a, b);
  }

  public static int cvt_pack_sat_s16_s32(int a, int b) {
    return IntegerBits.pack(clamp(b, -0x8000, 0x7fff), clamp(a, -0x8000, 0x7fff));
  }

  public static int cvt_pack_sat_u16_s32(int a, int b) {
    return IntegerBits.pack(clamp(b, 0, 0xffff), clamp(a, 0, 0xffff));
  }

  public static int cvt_pack_sat_s8_s32_b32(int a, int b, int c) {
    return c << 16 | (clamp(a, -128, 127) & 0xff) << 8 | clamp(b, -128, 127) & 0xff;
  }

  public static int cvt_pack_sat_u8_s32_b32(int a, int b, int c) {
    return c << 16 | clamp(a, 0, 255) << 8 | clamp(b, 0, 255);
  }

  public static int cvt_pack_sat_s4_s32_b32(int a, int b, int c) {
    return c << 8 | (clamp(a, -8, 7) & 15) << 4 | clamp(b, -8, 7) & 15;
  }

  public static int cvt_pack_sat_u4_s32_b32(int a, int b, int c) {
    return c << 8 | clamp(a, 0, 15) << 4 | clamp(b, 0, 15);
  }

  public static int cvt_pack_sat_s2_s32_b32(int a, int b, int c) {
    return c << 4 | (clamp(a, -2, 1) & 3) << 2 | clamp(b, -2, 1) & 3;
  }

  public static int cvt_pack_sat_u2_s32_b32(int a, int b, int c) {
    return c << 4 | clamp(a, 0, 3) << 2 | clamp(b, 0, 3);
  }

  private static int clamp(int value, int least, int most) {
    return Math.clamp(value, least, most);
  }

  /// Subnormal halves become zeros of their sign.
  public static int flush_f16(int a) {
    return (a & 0x7c00) == 0 ? a & 0x8000 : a & 0xffff;
  }

  /// The same for both halves.
  public static int flush_f16x2(int a) {
    return IntegerBits.pack(flush_f16(a), flush_f16(a >>> 16));
  }

  /// Infinities become the largest finite value, as `.satfinite` wants.
  public static int satfinite_f16(int a) {
    return (a & 0x7fff) == 0x7c00 ? a & 0x8000 | 0x7bff : a & 0xffff;
  }

  /// The same for both halves.
  public static int satfinite_f16x2(int a) {
    return IntegerBits.pack(satfinite_f16(a), satfinite_f16(a >>> 16));
  }

  /// Infinities become the largest finite value.
  public static int satfinite_bf16(int a) {
    return (a & 0x7fff) == 0x7f80 ? a & 0x8000 | 0x7f7f : a & 0xffff;
  }

  /// The same for both halves.
  public static int satfinite_bf16x2(int a) {
    return IntegerBits.pack(satfinite_bf16(a), satfinite_bf16(a >>> 16));
  }

  /// Infinities become the largest finite tf32 value.
  public static float satfinite_tf32(float a) {
    return Float.isInfinite(a) ? Math.copySign(Float.intBitsToFloat(0x7f7f_e000), a) : a;
  }

  /// Negative values become zero.
  public static float relu_tf32(float a) {
    return a < 0 ? 0f : a;
  }

  /// Negative halves become zero.
  public static int relu_f16x2(int a) {
    return IntegerBits.pack(HalfMath.relu_f16(a & 0xffff), HalfMath.relu_f16(a >>> 16));
  }

  /// Negative halves become zero.
  public static int relu_bf16x2(int a) {
    return IntegerBits.pack(BfloatMath.relu_bf16(a & 0xffff), BfloatMath.relu_bf16(a >>> 16));
  }

  /// Cuts off the low 13 bits.
  public static float cvt_rz_tf32_f32(float a) {
    return Float.isNaN(a) ? a : Float.intBitsToFloat(Float.floatToRawIntBits(a) & 0xffff_e000);
  }
}
