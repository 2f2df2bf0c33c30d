package dev.tuckerc.emulator.isa;

/// bfloat16 arithmetic: widened, computed, and rounded once, as in [HalfMath].
public final class BfloatMath {
  private BfloatMath() {}

  public static int add_bf16(int a, int b) {
    return Half.bfloatFromFloat(Half.bfloatToFloat(a) + Half.bfloatToFloat(b));
  }

  public static int sub_bf16(int a, int b) {
    return Half.bfloatFromFloat(Half.bfloatToFloat(a) - Half.bfloatToFloat(b));
  }

  public static int mul_bf16(int a, int b) {
    return Half.bfloatFromFloat(Half.bfloatToFloat(a) * Half.bfloatToFloat(b));
  }

  public static int add_rn_bf16(int a, int b) {
    return Half.bfloatFromFloat(Half.bfloatToFloat(a) + Half.bfloatToFloat(b));
  }

  public static int sub_rn_bf16(int a, int b) {
    return Half.bfloatFromFloat(Half.bfloatToFloat(a) - Half.bfloatToFloat(b));
  }

  public static int mul_rn_bf16(int a, int b) {
    return Half.bfloatFromFloat(Half.bfloatToFloat(a) * Half.bfloatToFloat(b));
  }

  public static int fma_rn_bf16(int a, int b, int c) {
    return Half.bfloatFromDouble(
        (double) Half.bfloatToFloat(a) * Half.bfloatToFloat(b) + Half.bfloatToFloat(c));
  }

  public static int fma_rn_relu_bf16(int a, int b, int c) {
    return relu_bf16(fma_rn_bf16(a, b, c));
  }

  public static int fma_rn_sat_bf16(int a, int b, int c) {
    return sat_bf16(fma_rn_bf16(a, b, c));
  }

  public static int relu_bf16(int a) {
    return Half.bfloatToFloat(a) > 0 || Float.isNaN(Half.bfloatToFloat(a)) ? a : 0;
  }

  public static int sat_bf16(int a) {
    return Half.bfloatFromFloat(FloatMath.saturate(Half.bfloatToFloat(a)));
  }

  public static int add_sat_bf16(int a, int b) {
    return sat_bf16(add_bf16(a, b));
  }

  public static int add_rn_sat_bf16(int a, int b) {
    return sat_bf16(add_bf16(a, b));
  }

  public static int sub_sat_bf16(int a, int b) {
    return sat_bf16(sub_bf16(a, b));
  }

  public static int sub_rn_sat_bf16(int a, int b) {
    return sat_bf16(sub_bf16(a, b));
  }

  public static int mul_sat_bf16(int a, int b) {
    return sat_bf16(mul_bf16(a, b));
  }

  public static int mul_rn_sat_bf16(int a, int b) {
    return sat_bf16(mul_bf16(a, b));
  }

  public static int neg_bf16(int a) {
    return a ^ 0x8000;
  }

  public static int abs_bf16(int a) {
    return a & 0x7fff;
  }

  public static int min_bf16(int a, int b) {
    return Half.bfloatFromFloat(FloatMath.min_f32(Half.bfloatToFloat(a), Half.bfloatToFloat(b)));
  }

  public static int max_bf16(int a, int b) {
    return Half.bfloatFromFloat(FloatMath.max_f32(Half.bfloatToFloat(a), Half.bfloatToFloat(b)));
  }

  public static int min_nan_bf16(int a, int b) {
    return Half.bfloatFromFloat(Math.min(Half.bfloatToFloat(a), Half.bfloatToFloat(b)));
  }

  public static int max_nan_bf16(int a, int b) {
    return Half.bfloatFromFloat(Math.max(Half.bfloatToFloat(a), Half.bfloatToFloat(b)));
  }

  public static int ex2_approx_bf16(int a) {
    return Half.bfloatFromFloat(FloatMath.ex2_approx_f32(Half.bfloatToFloat(a)));
  }

  public static int tanh_approx_bf16(int a) {
    return Half.bfloatFromFloat(FloatMath.tanh_approx_f32(Half.bfloatToFloat(a)));
  }

  public static int mov_bf16(int a) {
    return a & 0xffff;
  }

  public static boolean setp_eq_bf16(int a, int b) {
    return FloatMath.setp_eq_f32(Half.bfloatToFloat(a), Half.bfloatToFloat(b));
  }

  public static boolean setp_low_eq_bf16x2(int a, int b) {
    return setp_eq_bf16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_eq_bf16x2(int a, int b) {
    return setp_eq_bf16(a >>> 16, b >>> 16);
  }

  public static boolean setp_ne_bf16(int a, int b) {
    return FloatMath.setp_ne_f32(Half.bfloatToFloat(a), Half.bfloatToFloat(b));
  }

  public static boolean setp_low_ne_bf16x2(int a, int b) {
    return setp_ne_bf16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_ne_bf16x2(int a, int b) {
    return setp_ne_bf16(a >>> 16, b >>> 16);
  }

  public static boolean setp_lt_bf16(int a, int b) {
    return FloatMath.setp_lt_f32(Half.bfloatToFloat(a), Half.bfloatToFloat(b));
  }

  public static boolean setp_low_lt_bf16x2(int a, int b) {
    return setp_lt_bf16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_lt_bf16x2(int a, int b) {
    return setp_lt_bf16(a >>> 16, b >>> 16);
  }

  public static boolean setp_le_bf16(int a, int b) {
    return FloatMath.setp_le_f32(Half.bfloatToFloat(a), Half.bfloatToFloat(b));
  }

  public static boolean setp_low_le_bf16x2(int a, int b) {
    return setp_le_bf16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_le_bf16x2(int a, int b) {
    return setp_le_bf16(a >>> 16, b >>> 16);
  }

  public static boolean setp_gt_bf16(int a, int b) {
    return FloatMath.setp_gt_f32(Half.bfloatToFloat(a), Half.bfloatToFloat(b));
  }

  public static boolean setp_low_gt_bf16x2(int a, int b) {
    return setp_gt_bf16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_gt_bf16x2(int a, int b) {
    return setp_gt_bf16(a >>> 16, b >>> 16);
  }

  public static boolean setp_ge_bf16(int a, int b) {
    return FloatMath.setp_ge_f32(Half.bfloatToFloat(a), Half.bfloatToFloat(b));
  }

  public static boolean setp_low_ge_bf16x2(int a, int b) {
    return setp_ge_bf16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_ge_bf16x2(int a, int b) {
    return setp_ge_bf16(a >>> 16, b >>> 16);
  }

  public static boolean setp_equ_bf16(int a, int b) {
    return FloatMath.setp_equ_f32(Half.bfloatToFloat(a), Half.bfloatToFloat(b));
  }

  public static boolean setp_low_equ_bf16x2(int a, int b) {
    return setp_equ_bf16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_equ_bf16x2(int a, int b) {
    return setp_equ_bf16(a >>> 16, b >>> 16);
  }

  public static boolean setp_neu_bf16(int a, int b) {
    return FloatMath.setp_neu_f32(Half.bfloatToFloat(a), Half.bfloatToFloat(b));
  }

  public static boolean setp_low_neu_bf16x2(int a, int b) {
    return setp_neu_bf16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_neu_bf16x2(int a, int b) {
    return setp_neu_bf16(a >>> 16, b >>> 16);
  }

  public static boolean setp_ltu_bf16(int a, int b) {
    return FloatMath.setp_ltu_f32(Half.bfloatToFloat(a), Half.bfloatToFloat(b));
  }

  public static boolean setp_low_ltu_bf16x2(int a, int b) {
    return setp_ltu_bf16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_ltu_bf16x2(int a, int b) {
    return setp_ltu_bf16(a >>> 16, b >>> 16);
  }

  public static boolean setp_leu_bf16(int a, int b) {
    return FloatMath.setp_leu_f32(Half.bfloatToFloat(a), Half.bfloatToFloat(b));
  }

  public static boolean setp_low_leu_bf16x2(int a, int b) {
    return setp_leu_bf16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_leu_bf16x2(int a, int b) {
    return setp_leu_bf16(a >>> 16, b >>> 16);
  }

  public static boolean setp_gtu_bf16(int a, int b) {
    return FloatMath.setp_gtu_f32(Half.bfloatToFloat(a), Half.bfloatToFloat(b));
  }

  public static boolean setp_low_gtu_bf16x2(int a, int b) {
    return setp_gtu_bf16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_gtu_bf16x2(int a, int b) {
    return setp_gtu_bf16(a >>> 16, b >>> 16);
  }

  public static boolean setp_geu_bf16(int a, int b) {
    return FloatMath.setp_geu_f32(Half.bfloatToFloat(a), Half.bfloatToFloat(b));
  }

  public static boolean setp_low_geu_bf16x2(int a, int b) {
    return setp_geu_bf16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_geu_bf16x2(int a, int b) {
    return setp_geu_bf16(a >>> 16, b >>> 16);
  }

  public static boolean setp_num_bf16(int a, int b) {
    return FloatMath.setp_num_f32(Half.bfloatToFloat(a), Half.bfloatToFloat(b));
  }

  public static boolean setp_low_num_bf16x2(int a, int b) {
    return setp_num_bf16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_num_bf16x2(int a, int b) {
    return setp_num_bf16(a >>> 16, b >>> 16);
  }

  public static boolean setp_nan_bf16(int a, int b) {
    return FloatMath.setp_nan_f32(Half.bfloatToFloat(a), Half.bfloatToFloat(b));
  }

  public static boolean setp_low_nan_bf16x2(int a, int b) {
    return setp_nan_bf16(a & 0xffff, b & 0xffff);
  }

  public static boolean setp_high_nan_bf16x2(int a, int b) {
    return setp_nan_bf16(a >>> 16, b >>> 16);
  }

  public static int add_bf16x2(int a, int b) {
    return IntegerBits.pack(add_bf16(a & 0xffff, b & 0xffff), add_bf16(a >>> 16, b >>> 16));
  }

  public static int add_rn_bf16x2(int a, int b) {
    return IntegerBits.pack(add_rn_bf16(a & 0xffff, b & 0xffff), add_rn_bf16(a >>> 16, b >>> 16));
  }

  public static int add_sat_bf16x2(int a, int b) {
    return IntegerBits.pack(add_sat_bf16(a & 0xffff, b & 0xffff), add_sat_bf16(a >>> 16, b >>> 16));
  }

  public static int add_rn_sat_bf16x2(int a, int b) {
    return IntegerBits.pack(
        add_rn_sat_bf16(a & 0xffff, b & 0xffff), add_rn_sat_bf16(a >>> 16, b >>> 16));
  }

  public static int sub_bf16x2(int a, int b) {
    return IntegerBits.pack(sub_bf16(a & 0xffff, b & 0xffff), sub_bf16(a >>> 16, b >>> 16));
  }

  public static int sub_rn_bf16x2(int a, int b) {
    return IntegerBits.pack(sub_rn_bf16(a & 0xffff, b & 0xffff), sub_rn_bf16(a >>> 16, b >>> 16));
  }

  public static int sub_sat_bf16x2(int a, int b) {
    return IntegerBits.pack(sub_sat_bf16(a & 0xffff, b & 0xffff), sub_sat_bf16(a >>> 16, b >>> 16));
  }

  public static int sub_rn_sat_bf16x2(int a, int b) {
    return IntegerBits.pack(
        sub_rn_sat_bf16(a & 0xffff, b & 0xffff), sub_rn_sat_bf16(a >>> 16, b >>> 16));
  }

  public static int mul_bf16x2(int a, int b) {
    return IntegerBits.pack(mul_bf16(a & 0xffff, b & 0xffff), mul_bf16(a >>> 16, b >>> 16));
  }

  public static int mul_rn_bf16x2(int a, int b) {
    return IntegerBits.pack(mul_rn_bf16(a & 0xffff, b & 0xffff), mul_rn_bf16(a >>> 16, b >>> 16));
  }

  public static int mul_sat_bf16x2(int a, int b) {
    return IntegerBits.pack(mul_sat_bf16(a & 0xffff, b & 0xffff), mul_sat_bf16(a >>> 16, b >>> 16));
  }

  public static int mul_rn_sat_bf16x2(int a, int b) {
    return IntegerBits.pack(
        mul_rn_sat_bf16(a & 0xffff, b & 0xffff), mul_rn_sat_bf16(a >>> 16, b >>> 16));
  }

  public static int min_bf16x2(int a, int b) {
    return IntegerBits.pack(min_bf16(a & 0xffff, b & 0xffff), min_bf16(a >>> 16, b >>> 16));
  }

  public static int max_bf16x2(int a, int b) {
    return IntegerBits.pack(max_bf16(a & 0xffff, b & 0xffff), max_bf16(a >>> 16, b >>> 16));
  }

  public static int min_nan_bf16x2(int a, int b) {
    return IntegerBits.pack(min_nan_bf16(a & 0xffff, b & 0xffff), min_nan_bf16(a >>> 16, b >>> 16));
  }

  public static int max_nan_bf16x2(int a, int b) {
    return IntegerBits.pack(max_nan_bf16(a & 0xffff, b & 0xffff), max_nan_bf16(a >>> 16, b >>> 16));
  }

  public static int fma_rn_bf16x2(int a, int b, int c) {
    return IntegerBits.pack(
        fma_rn_bf16(a & 0xffff, b & 0xffff, c & 0xffff), fma_rn_bf16(a >>> 16, b >>> 16, c >>> 16));
  }

  public static int fma_rn_relu_bf16x2(int a, int b, int c) {
    return IntegerBits.pack(
        fma_rn_relu_bf16(a & 0xffff, b & 0xffff, c & 0xffff),
        fma_rn_relu_bf16(a >>> 16, b >>> 16, c >>> 16));
  }

  public static int fma_rn_sat_bf16x2(int a, int b, int c) {
    return IntegerBits.pack(
        fma_rn_sat_bf16(a & 0xffff, b & 0xffff, c & 0xffff),
        fma_rn_sat_bf16(a >>> 16, b >>> 16, c >>> 16));
  }

  public static int neg_bf16x2(int a) {
    return IntegerBits.pack(neg_bf16(a & 0xffff), neg_bf16(a >>> 16));
  }

  public static int abs_bf16x2(int a) {
    return IntegerBits.pack(abs_bf16(a & 0xffff), abs_bf16(a >>> 16));
  }

  public static int ex2_approx_bf16x2(int a) {
    return IntegerBits.pack(ex2_approx_bf16(a & 0xffff), ex2_approx_bf16(a >>> 16));
  }

  public static int tanh_approx_bf16x2(int a) {
    return IntegerBits.pack(tanh_approx_bf16(a & 0xffff), tanh_approx_bf16(a >>> 16));
  }
}
