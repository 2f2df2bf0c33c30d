package dev.tuckerc.emulator.isa;

/// Single-precision arithmetic. The approximate functions are evaluated in double precision and
/// rounded once, so they are within every error bound the manual gives.
public final class FloatMath {
  private static final double INVERSE_LN2 = 1 / Math.log(2);

  /// Taylor coefficients of 2^r, ln(2)^n / n!, for |r| <= 1/2: the error is below 2^-36.
  private static final double[] EXP2 = exp2Coefficients();

  private FloatMath() {}

  private static double[] exp2Coefficients() {
    double[] coefficients = new double[11];
    double term = 1;
    for (int n = 0; n < coefficients.length; n++) {
      coefficients[n] = term;
      term *= Math.log(2) / (n + 1);
    }
    return coefficients;
  }

  /// Subnormals become zero of the same sign (`.ftz`).
  public static float flush(float a) {
    return Math.abs(a) < Float.MIN_NORMAL ? a * 0f : a;
  }

  /// Clamps to [0, 1]; NaN becomes 0 (`.sat`).
  public static float saturate(float a) {
    return a > 0 ? Math.min(a, 1f) : 0f;
  }

  public static float ex2_approx_f32(float a) {
    if (!(a > -160f)) {
      return Float.isNaN(a) ? Float.NaN : 0f;
    }
    if (a > 129f) {
      return Float.POSITIVE_INFINITY;
    }
    int whole = Math.round(a);
    double r = (double) a - whole;
    double sum = EXP2[10];
    for (int n = 9; n >= 0; n--) {
      sum = sum * r + EXP2[n];
    }
    return (float) (sum * Double.longBitsToDouble((long) (1023 + whole) << 52));
  }

  public static float div_approx_f32(float a, float b) {
    float size = Math.abs(b);
    if (size > 0x1p126f && size != Float.POSITIVE_INFINITY) {
      return Float.isInfinite(a) || Float.isNaN(a) ? Float.NaN : Math.copySign(0f, a * b);
    }
    return a / b;
  }

  public static float add_f32(float a, float b) {
    return a + b;
  }

  public static float sub_f32(float a, float b) {
    return a - b;
  }

  public static float mul_f32(float a, float b) {
    return a * b;
  }

  public static float add_rn_f32(float a, float b) {
    return a + b;
  }

  public static float sub_rn_f32(float a, float b) {
    return a - b;
  }

  public static float mul_rn_f32(float a, float b) {
    return a * b;
  }

  public static float fma_rn_f32(float a, float b, float c) {
    return Math.fma(a, b, c);
  }

  public static float mad_rn_f32(float a, float b, float c) {
    return Math.fma(a, b, c);
  }

  public static float div_rn_f32(float a, float b) {
    return a / b;
  }

  public static float sqrt_rn_f32(float a) {
    return (float) Math.sqrt(a);
  }

  public static float rcp_rn_f32(float a) {
    return 1f / a;
  }

  public static float add_rz_f32(float a, float b) {
    double sum = (double) a + b;
    return Rounding.toFloat(sum, Rounding.sumError(a, b, sum), Rounding.Mode.ZERO);
  }

  public static float sub_rz_f32(float a, float b) {
    return add_rz_f32(a, -b);
  }

  public static float mul_rz_f32(float a, float b) {
    return Rounding.toFloat((double) a * b, 0, Rounding.Mode.ZERO);
  }

  public static float fma_rz_f32(float a, float b, float c) {
    double product = (double) a * b;
    double sum = product + c;
    return Rounding.toFloat(sum, Rounding.sumError(product, c, sum), Rounding.Mode.ZERO);
  }

  public static float mad_rz_f32(float a, float b, float c) {
    return fma_rz_f32(a, b, c);
  }

  public static float div_rz_f32(float a, float b) {
    double quotient = (double) a / b;
    double rest = Math.fma(-quotient, b, (double) a);
    return Rounding.toFloat(quotient, b < 0 ? -rest : rest, Rounding.Mode.ZERO);
  }

  public static float rcp_rz_f32(float a) {
    return div_rz_f32(1f, a);
  }

  public static float sqrt_rz_f32(float a) {
    double root = Math.sqrt(a);
    return Rounding.toFloat(root, Math.fma(-root, root, (double) a), Rounding.Mode.ZERO);
  }

  public static float add_rm_f32(float a, float b) {
    double sum = (double) a + b;
    return Rounding.toFloat(sum, Rounding.sumError(a, b, sum), Rounding.Mode.DOWN);
  }

  public static float sub_rm_f32(float a, float b) {
    return add_rm_f32(a, -b);
  }

  public static float mul_rm_f32(float a, float b) {
    return Rounding.toFloat((double) a * b, 0, Rounding.Mode.DOWN);
  }

  public static float fma_rm_f32(float a, float b, float c) {
    double product = (double) a * b;
    double sum = product + c;
    return Rounding.toFloat(sum, Rounding.sumError(product, c, sum), Rounding.Mode.DOWN);
  }

  public static float mad_rm_f32(float a, float b, float c) {
    return fma_rm_f32(a, b, c);
  }

  public static float div_rm_f32(float a, float b) {
    double quotient = (double) a / b;
    double rest = Math.fma(-quotient, b, (double) a);
    return Rounding.toFloat(quotient, b < 0 ? -rest : rest, Rounding.Mode.DOWN);
  }

  public static float rcp_rm_f32(float a) {
    return div_rm_f32(1f, a);
  }

  public static float sqrt_rm_f32(float a) {
    double root = Math.sqrt(a);
    return Rounding.toFloat(root, Math.fma(-root, root, (double) a), Rounding.Mode.DOWN);
  }

  public static float add_rp_f32(float a, float b) {
    double sum = (double) a + b;
    return Rounding.toFloat(sum, Rounding.sumError(a, b, sum), Rounding.Mode.UP);
  }

  public static float sub_rp_f32(float a, float b) {
    return add_rp_f32(a, -b);
  }

  public static float mul_rp_f32(float a, float b) {
    return Rounding.toFloat((double) a * b, 0, Rounding.Mode.UP);
  }

  public static float fma_rp_f32(float a, float b, float c) {
    double product = (double) a * b;
    double sum = product + c;
    return Rounding.toFloat(sum, Rounding.sumError(product, c, sum), Rounding.Mode.UP);
  }

  public static float mad_rp_f32(float a, float b, float c) {
    return fma_rp_f32(a, b, c);
  }

  public static float div_rp_f32(float a, float b) {
    double quotient = (double) a / b;
    double rest = Math.fma(-quotient, b, (double) a);
    return Rounding.toFloat(quotient, b < 0 ? -rest : rest, Rounding.Mode.UP);
  }

  public static float rcp_rp_f32(float a) {
    return div_rp_f32(1f, a);
  }

  public static float sqrt_rp_f32(float a) {
    double root = Math.sqrt(a);
    return Rounding.toFloat(root, Math.fma(-root, root, (double) a), Rounding.Mode.UP);
  }

  public static float neg_f32(float a) {
    return -a;
  }

  public static float abs_f32(float a) {
    return Math.abs(a);
  }

  public static float mov_f32(float a) {
    return a;
  }

  public static float selp_f32(float a, float b, boolean c) {
    return c ? a : b;
  }

  public static float min_f32(float a, float b) {
    return Float.isNaN(a) ? b : Float.isNaN(b) ? a : Math.min(a, b);
  }

  public static float max_f32(float a, float b) {
    return Float.isNaN(a) ? b : Float.isNaN(b) ? a : Math.max(a, b);
  }

  public static float min_nan_f32(float a, float b) {
    return Math.min(a, b);
  }

  public static float max_nan_f32(float a, float b) {
    return Math.max(a, b);
  }

  public static float min_xorsign_abs_f32(float a, float b) {
    return Float.intBitsToFloat(
        (Float.floatToRawIntBits(min_f32(Math.abs(a), Math.abs(b))) & 0x7fff_ffff)
            | ((Float.floatToRawIntBits(a) ^ Float.floatToRawIntBits(b)) & 0x8000_0000));
  }

  public static float max_xorsign_abs_f32(float a, float b) {
    return Float.intBitsToFloat(
        (Float.floatToRawIntBits(max_f32(Math.abs(a), Math.abs(b))) & 0x7fff_ffff)
            | ((Float.floatToRawIntBits(a) ^ Float.floatToRawIntBits(b)) & 0x8000_0000));
  }

  public static float copysign_f32(float a, float b) {
    return Math.copySign(b, a);
  }

  public static boolean testp_finite_f32(float a) {
    return Float.isFinite(a);
  }

  public static boolean testp_infinite_f32(float a) {
    return Float.isInfinite(a);
  }

  public static boolean testp_number_f32(float a) {
    return !Float.isNaN(a);
  }

  public static boolean testp_notanumber_f32(float a) {
    return Float.isNaN(a);
  }

  public static boolean testp_normal_f32(float a) {
    return Float.isFinite(a) && Math.abs(a) >= Float.MIN_NORMAL;
  }

  public static boolean testp_subnormal_f32(float a) {
    return a != 0 && Math.abs(a) < Float.MIN_NORMAL;
  }

  public static float rcp_approx_f32(float a) {
    return 1f / a;
  }

  public static float sqrt_approx_f32(float a) {
    return (float) Math.sqrt(a);
  }

  public static float rsqrt_approx_f32(float a) {
    return (float) (1 / Math.sqrt(a));
  }

  public static float div_full_f32(float a, float b) {
    return div_approx_f32(a, b);
  }

  public static float sin_approx_f32(float a) {
    return (float) Math.sin(a);
  }

  public static float cos_approx_f32(float a) {
    return (float) Math.cos(a);
  }

  public static float tanh_approx_f32(float a) {
    return (float) Math.tanh(a);
  }

  public static float lg2_approx_f32(float a) {
    return (float) (Math.log(a) * INVERSE_LN2);
  }

  public static boolean setp_eq_f32(float a, float b) {
    return a == b;
  }

  public static boolean setp_ne_f32(float a, float b) {
    return a < b || a > b;
  }

  public static boolean setp_lt_f32(float a, float b) {
    return a < b;
  }

  public static boolean setp_le_f32(float a, float b) {
    return a <= b;
  }

  public static boolean setp_gt_f32(float a, float b) {
    return a > b;
  }

  public static boolean setp_ge_f32(float a, float b) {
    return a >= b;
  }

  public static boolean setp_equ_f32(float a, float b) {
    return !(a < b || a > b);
  }

  public static boolean setp_neu_f32(float a, float b) {
    return a != b;
  }

  public static boolean setp_ltu_f32(float a, float b) {
    return !(a >= b);
  }

  public static boolean setp_leu_f32(float a, float b) {
    return !(a > b);
  }

  public static boolean setp_gtu_f32(float a, float b) {
    return !(a <= b);
  }

  public static boolean setp_geu_f32(float a, float b) {
    return !(a < b);
  }

  public static boolean setp_num_f32(float a, float b) {
    return !Float.isNaN(a) && !Float.isNaN(b);
  }

  public static boolean setp_nan_f32(float a, float b) {
    return Float.isNaN(a) || Float.isNaN(b);
  }
}
