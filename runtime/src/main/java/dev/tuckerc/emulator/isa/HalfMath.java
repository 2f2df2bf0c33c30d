package dev.tuckerc.emulator.isa;

/// Half-precision arithmetic. Values are widened, computed, and rounded once: `float` holds more
/// than twice the bits plus two, so that sum, difference and product are correctly rounded; fused
/// multiply-add goes through `double`.
public final class HalfMath {
  private HalfMath() {}

  public static int add_f16(int a, int b) {
    return Half.fromFloat(Half.toFloat(a) + Half.toFloat(b));
  }

  public static int sub_f16(int a, int b) {
    return Half.fromFloat(Half.toFloat(a) - Half.toFloat(b));
  }

  public static int mul_f16(int a, int b) {
    return Half.fromFloat(Half.toFloat(a) * Half.toFloat(b));
  }

  public static int add_rn_f16(int a, int b) {
    return Half.fromFloat(Half.toFloat(a) + Half.toFloat(b));
  }

  public static int sub_rn_f16(int a, int b) {
    return Half.fromFloat(Half.toFloat(a) - Half.toFloat(b));
  }

  public static int mul_rn_f16(int a, int b) {
    return Half.fromFloat(Half.toFloat(a) * Half.toFloat(b));
  }

  public static int fma_rn_f16(int a, int b, int c) {
    return Half.fromDouble((double) Half.toFloat(a) * Half.toFloat(b) + Half.toFloat(c));
  }

  public static int fma_rn_relu_f16(int a, int b, int c) {
    return relu_f16(fma_rn_f16(a, b, c));
  }

  public static int fma_rn_sat_f16(int a, int b, int c) {
    return sat_f16(fma_rn_f16(a, b, c));
  }

  public static int relu_f16(int a) {
    return Half.toFloat(a) > 0 || Float.isNaN(Half.toFloat(a)) ? a : 0;
  }

  public static int sat_f16(int a) {
    return Half.fromFloat(FloatMath.saturate(Half.toFloat(a)));
  }

  public static int add_sat_f16(int a, int b) {
    return sat_f16(add_f16(a, b));
  }

  public static int add_rn_sat_f16(int a, int b) {
    return sat_f16(add_f16(a, b));
  }

  public static int sub_sat_f16(int a, int b) {
    return sat_f16(sub_f16(a, b));
  }

  public static int sub_rn_sat_f16(int a, int b) {
    return sat_f16(sub_f16(a, b));
  }

  public static int mul_sat_f16(int a, int b) {
    return sat_f16(mul_f16(a, b));
  }

  public static int mul_rn_sat_f16(int a, int b) {
    return sat_f16(mul_f16(a, b));
  }

  public static int neg_f16(int a) {
    return a ^ 0x8000;
  }

  public static int abs_f16(int a) {
    return a & 0x7fff;
  }

  public static int min_f16(int a, int b) {
    return Half.fromFloat(FloatMath.min_f32(Half.toFloat(a), Half.toFloat(b)));
  }

  public static int max_f16(int a, int b) {
    return Half.fromFloat(FloatMath.max_f32(Half.toFloat(a), Half.toFloat(b)));
  }

  public static int min_nan_f16(int a, int b) {
    return Half.fromFloat(Math.min(Half.toFloat(a), Half.toFloat(b)));
  }

  public static int max_nan_f16(int a, int b) {
    return Half.fromFloat(Math.max(Half.toFloat(a), Half.toFloat(b)));
  }

  public static int ex2_approx_f16(int a) {
    return Half.fromFloat(FloatMath.ex2_approx_f32(Half.toFloat(a)));
  }

  public static int tanh_approx_f16(int a) {
    return Half.fromFloat(FloatMath.tanh_approx_f32(Half.toFloat(a)));
  }

  public static int mov_f16(int a) {
    return a & 0xffff;
  }

  public static boolean setp_eq_f16(int a, int b) {
    return FloatMath.setp_eq_f32(Half.toFloat(a), Half.toFloat(b));
  }

  public static boolean setp_low_eq_f16x2(int a, int b) {
    return setp_eq_f16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_eq_f16x2(int a, int b) {
    return setp_eq_f16(a >>> 16, b >>> 16);
  }

  public static boolean setp_ne_f16(int a, int b) {
    return FloatMath.setp_ne_f32(Half.toFloat(a), Half.toFloat(b));
  }

  public static boolean setp_low_ne_f16x2(int a, int b) {
    return setp_ne_f16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_ne_f16x2(int a, int b) {
    return setp_ne_f16(a >>> 16, b >>> 16);
  }

  public static boolean setp_lt_f16(int a, int b) {
    return FloatMath.setp_lt_f32(Half.toFloat(a), Half.toFloat(b));
  }

  public static boolean setp_low_lt_f16x2(int a, int b) {
    return setp_lt_f16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_lt_f16x2(int a, int b) {
    return setp_lt_f16(a >>> 16, b >>> 16);
  }

  public static boolean setp_le_f16(int a, int b) {
    return FloatMath.setp_le_f32(Half.toFloat(a), Half.toFloat(b));
  }

  public static boolean setp_low_le_f16x2(int a, int b) {
    return setp_le_f16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_le_f16x2(int a, int b) {
    return setp_le_f16(a >>> 16, b >>> 16);
  }

  public static boolean setp_gt_f16(int a, int b) {
    return FloatMath.setp_gt_f32(Half.toFloat(a), Half.toFloat(b));
  }

  public static boolean setp_low_gt_f16x2(int a, int b) {
    return setp_gt_f16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_gt_f16x2(int a, int b) {
    return setp_gt_f16(a >>> 16, b >>> 16);
  }

  public static boolean setp_ge_f16(int a, int b) {
    return FloatMath.setp_ge_f32(Half.toFloat(a), Half.toFloat(b));
  }

  public static boolean setp_low_ge_f16x2(int a, int b) {
    return setp_ge_f16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_ge_f16x2(int a, int b) {
    return setp_ge_f16(a >>> 16, b >>> 16);
  }

  public static boolean setp_equ_f16(int a, int b) {
    return FloatMath.setp_equ_f32(Half.toFloat(a), Half.toFloat(b));
  }

  public static boolean setp_low_equ_f16x2(int a, int b) {
    return setp_equ_f16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_equ_f16x2(int a, int b) {
    return setp_equ_f16(a >>> 16, b >>> 16);
  }

  public static boolean setp_neu_f16(int a, int b) {
    return FloatMath.setp_neu_f32(Half.toFloat(a), Half.toFloat(b));
  }

  public static boolean setp_low_neu_f16x2(int a, int b) {
    return setp_neu_f16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_neu_f16x2(int a, int b) {
    return setp_neu_f16(a >>> 16, b >>> 16);
  }

  public static boolean setp_ltu_f16(int a, int b) {
    return FloatMath.setp_ltu_f32(Half.toFloat(a), Half.toFloat(b));
  }

  public static boolean setp_low_ltu_f16x2(int a, int b) {
    return setp_ltu_f16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_ltu_f16x2(int a, int b) {
    return setp_ltu_f16(a >>> 16, b >>> 16);
  }

  public static boolean setp_leu_f16(int a, int b) {
    return FloatMath.setp_leu_f32(Half.toFloat(a), Half.toFloat(b));
  }

  public static boolean setp_low_leu_f16x2(int a, int b) {
    return setp_leu_f16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_leu_f16x2(int a, int b) {
    return setp_leu_f16(a >>> 16, b >>> 16);
  }

  public static boolean setp_gtu_f16(int a, int b) {
    return FloatMath.setp_gtu_f32(Half.toFloat(a), Half.toFloat(b));
  }

  public static boolean setp_low_gtu_f16x2(int a, int b) {
    return setp_gtu_f16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_gtu_f16x2(int a, int b) {
    return setp_gtu_f16(a >>> 16, b >>> 16);
  }

  public static boolean setp_geu_f16(int a, int b) {
    return FloatMath.setp_geu_f32(Half.toFloat(a), Half.toFloat(b));
  }

  public static boolean setp_low_geu_f16x2(int a, int b) {
    return setp_geu_f16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_geu_f16x2(int a, int b) {
    return setp_geu_f16(a >>> 16, b >>> 16);
  }

  public static boolean setp_num_f16(int a, int b) {
    return FloatMath.setp_num_f32(Half.toFloat(a), Half.toFloat(b));
  }

  public static boolean setp_low_num_f16x2(int a, int b) {
    return setp_num_f16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_num_f16x2(int a, int b) {
    return setp_num_f16(a >>> 16, b >>> 16);
  }

  public static boolean setp_nan_f16(int a, int b) {
    return FloatMath.setp_nan_f32(Half.toFloat(a), Half.toFloat(b));
  }

  public static boolean setp_low_nan_f16x2(int a, int b) {
    return setp_nan_f16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_nan_f16x2(int a, int b) {
    return setp_nan_f16(a >>> 16, b >>> 16);
  }

  public static int add_f16x2(int a, int b) {
    return IntegerBits.pack(add_f16(a & 0xffff, b & 0xffff), add_f16(a >>> 16, b >>> 16));
  }

  public static int add_rn_f16x2(int a, int b) {
    return IntegerBits.pack(add_rn_f16(a & 0xffff, b & 0xffff), add_rn_f16(a >>> 16, b >>> 16));
  }

  public static int add_sat_f16x2(int a, int b) {
    return IntegerBits.pack(add_sat_f16(a & 0xffff, b & 0xffff), add_sat_f16(a >>> 16, b >>> 16));
  }

  public static int add_rn_sat_f16x2(int a, int b) {
    return IntegerBits.pack(
        add_rn_sat_f16(a & 0xffff, b & 0xffff), add_rn_sat_f16(a >>> 16, b >>> 16));
  }

  public static int sub_f16x2(int a, int b) {
    return IntegerBits.pack(sub_f16(a & 0xffff, b & 0xffff), sub_f16(a >>> 16, b >>> 16));
  }

  public static int sub_rn_f16x2(int a, int b) {
    return IntegerBits.pack(sub_rn_f16(a & 0xffff, b & 0xffff), sub_rn_f16(a >>> 16, b >>> 16));
  }

  public static int sub_sat_f16x2(int a, int b) {
    return IntegerBits.pack(sub_sat_f16(a & 0xffff, b & 0xffff), sub_sat_f16(a >>> 16, b >>> 16));
  }

  public static int sub_rn_sat_f16x2(int a, int b) {
    return IntegerBits.pack(
        sub_rn_sat_f16(a & 0xffff, b & 0xffff), sub_rn_sat_f16(a >>> 16, b >>> 16));
  }

  public static int mul_f16x2(int a, int b) {
    return IntegerBits.pack(mul_f16(a & 0xffff, b & 0xffff), mul_f16(a >>> 16, b >>> 16));
  }

  public static int mul_rn_f16x2(int a, int b) {
    return IntegerBits.pack(mul_rn_f16(a & 0xffff, b & 0xffff), mul_rn_f16(a >>> 16, b >>> 16));
  }

  public static int mul_sat_f16x2(int a, int b) {
    return IntegerBits.pack(mul_sat_f16(a & 0xffff, b & 0xffff), mul_sat_f16(a >>> 16, b >>> 16));
  }

  public static int mul_rn_sat_f16x2(int a, int b) {
    return IntegerBits.pack(
        mul_rn_sat_f16(a & 0xffff, b & 0xffff), mul_rn_sat_f16(a >>> 16, b >>> 16));
  }

  public static int min_f16x2(int a, int b) {
    return IntegerBits.pack(min_f16(a & 0xffff, b & 0xffff), min_f16(a >>> 16, b >>> 16));
  }

  public static int max_f16x2(int a, int b) {
    return IntegerBits.pack(max_f16(a & 0xffff, b & 0xffff), max_f16(a >>> 16, b >>> 16));
  }

  public static int min_nan_f16x2(int a, int b) {
    return IntegerBits.pack(min_nan_f16(a & 0xffff, b & 0xffff), min_nan_f16(a >>> 16, b >>> 16));
  }

  public static int max_nan_f16x2(int a, int b) {
    return IntegerBits.pack(max_nan_f16(a & 0xffff, b & 0xffff), max_nan_f16(a >>> 16, b >>> 16));
  }

  public static int fma_rn_f16x2(int a, int b, int c) {
    return IntegerBits.pack(
        fma_rn_f16(a & 0xffff, b & 0xffff, c & 0xffff), fma_rn_f16(a >>> 16, b >>> 16, c >>> 16));
  }

  public static int fma_rn_relu_f16x2(int a, int b, int c) {
    return IntegerBits.pack(
        fma_rn_relu_f16(a & 0xffff, b & 0xffff, c & 0xffff),
        fma_rn_relu_f16(a >>> 16, b >>> 16, c >>> 16));
  }

  public static int fma_rn_sat_f16x2(int a, int b, int c) {
    return IntegerBits.pack(
        fma_rn_sat_f16(a & 0xffff, b & 0xffff, c & 0xffff),
        fma_rn_sat_f16(a >>> 16, b >>> 16, c >>> 16));
  }

  public static int neg_f16x2(int a) {
    return IntegerBits.pack(neg_f16(a & 0xffff), neg_f16(a >>> 16));
  }

  public static int abs_f16x2(int a) {
    return IntegerBits.pack(abs_f16(a & 0xffff), abs_f16(a >>> 16));
  }

  public static int ex2_approx_f16x2(int a) {
    return IntegerBits.pack(ex2_approx_f16(a & 0xffff), ex2_approx_f16(a >>> 16));
  }

  public static int tanh_approx_f16x2(int a) {
    return IntegerBits.pack(tanh_approx_f16(a & 0xffff), tanh_approx_f16(a >>> 16));
  }
}
