package dev.tuckerc.emulator.isa;

/// Steps of a conversion from or to floats: widened to `double`, which holds each of them exactly,
/// rounded or clamped, and narrowed to the destination.
public final class FloatConversions {
  private FloatConversions() {}

  private static float longToFloat(long a, boolean unsigned, Rounding.Mode mode) {
    double high = (double) (a >> 32) * 0x1p32;
    if (unsigned && a < 0) {
      high += 0x1p64;
    }
    double low = (double) (a & 0xffff_ffffL);
    double sum = high + low;
    return Rounding.toFloat(sum, Rounding.sumError(high, low, sum), mode);
  }

  private static double longToDouble(long a, boolean unsigned, Rounding.Mode mode) {
    double high = (double) (a >> 32) * 0x1p32;
    if (unsigned && a < 0) {
      high += 0x1p64;
    }
    return Rounding.sum(high, (double) (a & 0xffff_ffffL), mode);
  }

  /// Corrects a value rounded to nearest into one rounded in a direction, in a 16-bit format.
  private static int directed(double exact, int nearest, boolean bfloat, Rounding.Mode mode) {
    double rounded = bfloat ? Half.bfloatToFloat(nearest) : Half.toFloat(nearest);
    if (rounded == exact || Double.isNaN(exact) || Double.isInfinite(exact)) {
      return nearest;
    }
    boolean down = mode == Rounding.Mode.DOWN || (mode == Rounding.Mode.ZERO && exact > 0);
    if (rounded > exact && down) {
      return rounded > 0 ? nearest - 1 : nearest == 0 || nearest == 0x8000 ? 0x8001 : nearest + 1;
    }
    if (rounded < exact && !down) {
      return rounded < 0 ? nearest - 1 : nearest == 0 || nearest == 0x8000 ? 1 : nearest + 1;
    }
    return nearest;
  }

  public static double from_f16(int a) {
    return Half.toFloat(a);
  }

  public static double from_bf16(int a) {
    return Half.bfloatToFloat(a);
  }

  public static double from_f32(float a) {
    return a;
  }

  public static double from_f64(double a) {
    return a;
  }

  public static double round_rni(double a) {
    return Math.rint(a);
  }

  public static double round_rmi(double a) {
    return Math.floor(a);
  }

  public static double round_rpi(double a) {
    return Math.ceil(a);
  }

  public static double round_rzi(double a) {
    return a < 0 ? Math.ceil(a) : Math.floor(a);
  }

  public static long integer_s8(double a) {
    return Math.max(Byte.MIN_VALUE, Math.min(Byte.MAX_VALUE, (long) a));
  }

  public static long integer_u8(double a) {
    return Math.max(0, Math.min(0xff, (long) a));
  }

  public static long integer_s16(double a) {
    return Math.max(Short.MIN_VALUE, Math.min(Short.MAX_VALUE, (long) a));
  }

  public static long integer_u16(double a) {
    return Math.max(0, Math.min(0xffff, (long) a));
  }

  public static long integer_s32(double a) {
    return Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, (long) a));
  }

  public static long integer_u32(double a) {
    return Math.max(0, Math.min(0xffff_ffffL, (long) a));
  }

  public static long integer_s64(double a) {
    return Double.isNaN(a) ? Long.MIN_VALUE : (long) a;
  }

  public static long integer_u64(double a) {
    if (Double.isNaN(a)) {
      return Long.MIN_VALUE;
    }
    if (a <= 0) {
      return 0;
    }
    return a >= 0x1p64 ? -1L : a >= 0x1p63 ? (long) (a - 0x1p63) + Long.MIN_VALUE : (long) a;
  }

  public static float f32_rn(double a) {
    return (float) a;
  }

  public static float signed_to_f32_rn(long a) {
    return longToFloat(a, false, Rounding.Mode.NEAREST);
  }

  public static double signed_to_f64_rn(long a) {
    return longToDouble(a, false, Rounding.Mode.NEAREST);
  }

  public static float unsigned_to_f32_rn(long a) {
    return longToFloat(a, true, Rounding.Mode.NEAREST);
  }

  public static double unsigned_to_f64_rn(long a) {
    return longToDouble(a, true, Rounding.Mode.NEAREST);
  }

  public static float f32_rz(double a) {
    return Rounding.toFloat(a, 0, Rounding.Mode.ZERO);
  }

  public static float signed_to_f32_rz(long a) {
    return longToFloat(a, false, Rounding.Mode.ZERO);
  }

  public static double signed_to_f64_rz(long a) {
    return longToDouble(a, false, Rounding.Mode.ZERO);
  }

  public static float unsigned_to_f32_rz(long a) {
    return longToFloat(a, true, Rounding.Mode.ZERO);
  }

  public static double unsigned_to_f64_rz(long a) {
    return longToDouble(a, true, Rounding.Mode.ZERO);
  }

  public static float f32_rm(double a) {
    return Rounding.toFloat(a, 0, Rounding.Mode.DOWN);
  }

  public static float signed_to_f32_rm(long a) {
    return longToFloat(a, false, Rounding.Mode.DOWN);
  }

  public static double signed_to_f64_rm(long a) {
    return longToDouble(a, false, Rounding.Mode.DOWN);
  }

  public static float unsigned_to_f32_rm(long a) {
    return longToFloat(a, true, Rounding.Mode.DOWN);
  }

  public static double unsigned_to_f64_rm(long a) {
    return longToDouble(a, true, Rounding.Mode.DOWN);
  }

  public static float f32_rp(double a) {
    return Rounding.toFloat(a, 0, Rounding.Mode.UP);
  }

  public static float signed_to_f32_rp(long a) {
    return longToFloat(a, false, Rounding.Mode.UP);
  }

  public static double signed_to_f64_rp(long a) {
    return longToDouble(a, false, Rounding.Mode.UP);
  }

  public static float unsigned_to_f32_rp(long a) {
    return longToFloat(a, true, Rounding.Mode.UP);
  }

  public static double unsigned_to_f64_rp(long a) {
    return longToDouble(a, true, Rounding.Mode.UP);
  }

  public static double saturate_f64(double a) {
    return a > 0 ? Math.min(a, 1) : 0;
  }

  public static double f64_rn(double a) {
    return a;
  }

  public static int f16_rn(double a) {
    return Half.fromDouble(a);
  }

  public static int bf16_rn(double a) {
    return Half.bfloatFromDouble(a);
  }

  public static int f16_rz(double a) {
    return directed(a, Half.fromDouble(a), false, Rounding.Mode.ZERO);
  }

  public static int bf16_rz(double a) {
    return directed(a, Half.bfloatFromDouble(a), true, Rounding.Mode.ZERO);
  }

  public static int f16_rm(double a) {
    return directed(a, Half.fromDouble(a), false, Rounding.Mode.DOWN);
  }

  public static int bf16_rm(double a) {
    return directed(a, Half.bfloatFromDouble(a), true, Rounding.Mode.DOWN);
  }

  public static int f16_rp(double a) {
    return directed(a, Half.fromDouble(a), false, Rounding.Mode.UP);
  }

  public static int bf16_rp(double a) {
    return directed(a, Half.bfloatFromDouble(a), true, Rounding.Mode.UP);
  }

  public static double relu(double a) {
    return a < 0 ? 0 : a;
  }
}
