package dev.tuckerc.emulator.isa;

/// Double-precision arithmetic.
public final class DoubleMath {
  private DoubleMath() {}

  public static double add_f64(double a, double b) {
    return a + b;
  }

  public static double sub_f64(double a, double b) {
    return a - b;
  }

  public static double mul_f64(double a, double b) {
    return a * b;
  }

  public static double add_rn_f64(double a, double b) {
    return a + b;
  }

  public static double sub_rn_f64(double a, double b) {
    return a - b;
  }

  public static double mul_rn_f64(double a, double b) {
    return a * b;
  }

  public static double fma_rn_f64(double a, double b, double c) {
    return Math.fma(a, b, c);
  }

  public static double mad_rn_f64(double a, double b, double c) {
    return Math.fma(a, b, c);
  }

  public static double div_rn_f64(double a, double b) {
    return a / b;
  }

  public static double rcp_rn_f64(double a) {
    return 1 / a;
  }

  public static double sqrt_rn_f64(double a) {
    return Math.sqrt(a);
  }

  public static double add_rz_f64(double a, double b) {
    return Rounding.sum(a, b, Rounding.Mode.ZERO);
  }

  public static double sub_rz_f64(double a, double b) {
    return Rounding.sum(a, -b, Rounding.Mode.ZERO);
  }

  public static double mul_rz_f64(double a, double b) {
    return Rounding.product(a, b, Rounding.Mode.ZERO);
  }

  public static double fma_rz_f64(double a, double b, double c) {
    return Rounding.fused(a, b, c, Rounding.Mode.ZERO);
  }

  public static double mad_rz_f64(double a, double b, double c) {
    return Rounding.fused(a, b, c, Rounding.Mode.ZERO);
  }

  public static double div_rz_f64(double a, double b) {
    return Rounding.quotient(a, b, Rounding.Mode.ZERO);
  }

  public static double rcp_rz_f64(double a) {
    return Rounding.quotient(1, a, Rounding.Mode.ZERO);
  }

  public static double sqrt_rz_f64(double a) {
    return Rounding.root(a, Rounding.Mode.ZERO);
  }

  public static double add_rm_f64(double a, double b) {
    return Rounding.sum(a, b, Rounding.Mode.DOWN);
  }

  public static double sub_rm_f64(double a, double b) {
    return Rounding.sum(a, -b, Rounding.Mode.DOWN);
  }

  public static double mul_rm_f64(double a, double b) {
    return Rounding.product(a, b, Rounding.Mode.DOWN);
  }

  public static double fma_rm_f64(double a, double b, double c) {
    return Rounding.fused(a, b, c, Rounding.Mode.DOWN);
  }

  public static double mad_rm_f64(double a, double b, double c) {
    return Rounding.fused(a, b, c, Rounding.Mode.DOWN);
  }

  public static double div_rm_f64(double a, double b) {
    return Rounding.quotient(a, b, Rounding.Mode.DOWN);
  }

  public static double rcp_rm_f64(double a) {
    return Rounding.quotient(1, a, Rounding.Mode.DOWN);
  }

  public static double sqrt_rm_f64(double a) {
    return Rounding.root(a, Rounding.Mode.DOWN);
  }

  public static double add_rp_f64(double a, double b) {
    return Rounding.sum(a, b, Rounding.Mode.UP);
  }

  public static double sub_rp_f64(double a, double b) {
    return Rounding.sum(a, -b, Rounding.Mode.UP);
  }

  public static double mul_rp_f64(double a, double b) {
    return Rounding.product(a, b, Rounding.Mode.UP);
  }

  public static double fma_rp_f64(double a, double b, double c) {
    return Rounding.fused(a, b, c, Rounding.Mode.UP);
  }

  public static double mad_rp_f64(double a, double b, double c) {
    return Rounding.fused(a, b, c, Rounding.Mode.UP);
  }

  public static double div_rp_f64(double a, double b) {
    return Rounding.quotient(a, b, Rounding.Mode.UP);
  }

  public static double rcp_rp_f64(double a) {
    return Rounding.quotient(1, a, Rounding.Mode.UP);
  }

  public static double sqrt_rp_f64(double a) {
    return Rounding.root(a, Rounding.Mode.UP);
  }

  public static double neg_f64(double a) {
    return -a;
  }

  public static double abs_f64(double a) {
    return Math.abs(a);
  }

  public static double mov_f64(double a) {
    return a;
  }

  public static double selp_f64(double a, double b, boolean c) {
    return c ? a : b;
  }

  public static double copysign_f64(double a, double b) {
    return Math.copySign(b, a);
  }

  public static double min_f64(double a, double b) {
    return Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.min(a, b);
  }

  public static double max_f64(double a, double b) {
    return Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.max(a, b);
  }

  public static double rcp_approx_ftz_f64(double a) {
    return Double.longBitsToDouble(Double.doubleToRawLongBits(1 / a) & 0xffff_ffff_0000_0000L);
  }

  public static double rsqrt_approx_f64(double a) {
    return 1 / Math.sqrt(a);
  }

  public static double rsqrt_approx_ftz_f64(double a) {
    return Double.longBitsToDouble(
        Double.doubleToRawLongBits(1 / Math.sqrt(a)) & 0xffff_ffff_0000_0000L);
  }

  public static boolean testp_finite_f64(double a) {
    return Double.isFinite(a);
  }

  public static boolean testp_infinite_f64(double a) {
    return Double.isInfinite(a);
  }

  public static boolean testp_number_f64(double a) {
    return !Double.isNaN(a);
  }

  public static boolean testp_notanumber_f64(double a) {
    return Double.isNaN(a);
  }

  public static boolean testp_normal_f64(double a) {
    return Double.isFinite(a) && Math.abs(a) >= Double.MIN_NORMAL;
  }

  public static boolean testp_subnormal_f64(double a) {
    return a != 0 && Math.abs(a) < Double.MIN_NORMAL;
  }

  public static boolean setp_eq_f64(double a, double b) {
    return a == b;
  }

  public static boolean setp_ne_f64(double a, double b) {
    return a < b || a > b;
  }

  public static boolean setp_lt_f64(double a, double b) {
    return a < b;
  }

  public static boolean setp_le_f64(double a, double b) {
    return a <= b;
  }

  public static boolean setp_gt_f64(double a, double b) {
    return a > b;
  }

  public static boolean setp_ge_f64(double a, double b) {
    return a >= b;
  }

  public static boolean setp_equ_f64(double a, double b) {
    return !(a < b || a > b);
  }

  public static boolean setp_neu_f64(double a, double b) {
    return a != b;
  }

  public static boolean setp_ltu_f64(double a, double b) {
    return !(a >= b);
  }

  public static boolean setp_leu_f64(double a, double b) {
    return !(a > b);
  }

  public static boolean setp_gtu_f64(double a, double b) {
    return !(a <= b);
  }

  public static boolean setp_geu_f64(double a, double b) {
    return !(a < b);
  }

  public static boolean setp_num_f64(double a, double b) {
    return !Double.isNaN(a) && !Double.isNaN(b);
  }

  public static boolean setp_nan_f64(double a, double b) {
    return Double.isNaN(a) || Double.isNaN(b);
  }
}
