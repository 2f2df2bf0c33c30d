package dev.tuckerc.emulator.isa;

/// Arithmetic on two floats in a 64-bit register (`.f32x2`, from sm_100 on), the first in the low
/// half.
public final class FloatPairs {
  private FloatPairs() {}

  private static float low(long pair) {
    return Float.intBitsToFloat((int) pair);
  }

  private static float high(long pair) {
    return Float.intBitsToFloat((int) (pair >>> 32));
  }

  private static long pair(float low, float high) {
    return Integer.toUnsignedLong(Float.floatToRawIntBits(low))
        | (long) Float.floatToRawIntBits(high) << 32;
  }

  /// Subnormals become zeros of their sign.
  public static long flush_f32x2(long a) {
    return pair(FloatMath.flush(low(a)), FloatMath.flush(high(a)));
  }

  public static long add_f32x2(long a, long b) {
    return pair(FloatMath.add_f32(low(a), low(b)), FloatMath.add_f32(high(a), high(b)));
  }

  public static long add_rn_f32x2(long a, long b) {
    return pair(FloatMath.add_rn_f32(low(a), low(b)), FloatMath.add_rn_f32(high(a), high(b)));
  }

  public static long add_rz_f32x2(long a, long b) {
    return pair(FloatMath.add_rz_f32(low(a), low(b)), FloatMath.add_rz_f32(high(a), high(b)));
  }

  public static long add_rm_f32x2(long a, long b) {
    return pair(FloatMath.add_rm_f32(low(a), low(b)), FloatMath.add_rm_f32(high(a), high(b)));
  }

  public static long add_rp_f32x2(long a, long b) {
    return pair(FloatMath.add_rp_f32(low(a), low(b)), FloatMath.add_rp_f32(high(a), high(b)));
  }

  public static long sub_f32x2(long a, long b) {
    return pair(FloatMath.sub_f32(low(a), low(b)), FloatMath.sub_f32(high(a), high(b)));
  }

  public static long sub_rn_f32x2(long a, long b) {
    return pair(FloatMath.sub_rn_f32(low(a), low(b)), FloatMath.sub_rn_f32(high(a), high(b)));
  }

  public static long sub_rz_f32x2(long a, long b) {
    return pair(FloatMath.sub_rz_f32(low(a), low(b)), FloatMath.sub_rz_f32(high(a), high(b)));
  }

  public static long sub_rm_f32x2(long a, long b) {
    return pair(FloatMath.sub_rm_f32(low(a), low(b)), FloatMath.sub_rm_f32(high(a), high(b)));
  }

  public static long sub_rp_f32x2(long a, long b) {
    return pair(FloatMath.sub_rp_f32(low(a), low(b)), FloatMath.sub_rp_f32(high(a), high(b)));
  }

  public static long mul_f32x2(long a, long b) {
    return pair(FloatMath.mul_f32(low(a), low(b)), FloatMath.mul_f32(high(a), high(b)));
  }

  public static long mul_rn_f32x2(long a, long b) {
    return pair(FloatMath.mul_rn_f32(low(a), low(b)), FloatMath.mul_rn_f32(high(a), high(b)));
  }

  public static long mul_rz_f32x2(long a, long b) {
    return pair(FloatMath.mul_rz_f32(low(a), low(b)), FloatMath.mul_rz_f32(high(a), high(b)));
  }

  public static long mul_rm_f32x2(long a, long b) {
    return pair(FloatMath.mul_rm_f32(low(a), low(b)), FloatMath.mul_rm_f32(high(a), high(b)));
  }

  public static long mul_rp_f32x2(long a, long b) {
    return pair(FloatMath.mul_rp_f32(low(a), low(b)), FloatMath.mul_rp_f32(high(a), high(b)));
  }

  public static long fma_rn_f32x2(long a, long b, long c) {
    return pair(
        FloatMath.fma_rn_f32(low(a), low(b), low(c)),
        FloatMath.fma_rn_f32(high(a), high(b), high(c)));
  }

  public static long fma_rz_f32x2(long a, long b, long c) {
    return pair(
        FloatMath.fma_rz_f32(low(a), low(b), low(c)),
        FloatMath.fma_rz_f32(high(a), high(b), high(c)));
  }

  public static long fma_rm_f32x2(long a, long b, long c) {
    return pair(
        FloatMath.fma_rm_f32(low(a), low(b), low(c)),
        FloatMath.fma_rm_f32(high(a), high(b), high(c)));
  }

  public static long fma_rp_f32x2(long a, long b, long c) {
    return pair(
        FloatMath.fma_rp_f32(low(a), low(b), low(c)),
        FloatMath.fma_rp_f32(high(a), high(b), high(c)));
  }
}
