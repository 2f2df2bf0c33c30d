package dev.tuckerc.emulator.isa;

/// 64-bit integer arithmetic, logic and comparison. Division by zero, which PTX leaves undefined,
/// gives all ones, and its remainder the dividend, as the hardware does.
@SuppressWarnings({"checkstyle:MethodName", "MemberName"})
public final class LongMath {
  private LongMath() {}

  public static long div_s64(long a, long b) {
    return b == 0 ? -1 : a / b;
  }

  public static long rem_s64(long a, long b) {
    return b == 0 ? a : a % b;
  }

  public static long min_s64(long a, long b) {
    return Math.min(a, b);
  }

  public static long max_s64(long a, long b) {
    return Math.max(a, b);
  }

  public static long mul_hi_s64(long a, long b) {
    return Math.multiplyHigh(a, b);
  }

  public static long mad_hi_s64(long a, long b, long c) {
    return mul_hi_s64(a, b) + c;
  }

  public static long shr_s64(long a, int b) {
    return Integer.compareUnsigned(b, 64) < 0 ? a >> b : a >> 63;
  }

  public static boolean setp_lt_s64(long a, long b) {
    return a < b;
  }

  public static boolean setp_le_s64(long a, long b) {
    return a <= b;
  }

  public static boolean setp_gt_s64(long a, long b) {
    return a > b;
  }

  public static boolean setp_ge_s64(long a, long b) {
    return a >= b;
  }

  public static long div_u64(long a, long b) {
    return b == 0 ? -1 : Long.divideUnsigned(a, b);
  }

  public static long rem_u64(long a, long b) {
    return b == 0 ? a : Long.remainderUnsigned(a, b);
  }

  public static long min_u64(long a, long b) {
    return Long.compareUnsigned(a, b) < 0 ? a : b;
  }

  public static long max_u64(long a, long b) {
    return Long.compareUnsigned(a, b) > 0 ? a : b;
  }

  public static long mul_hi_u64(long a, long b) {
    return Math.unsignedMultiplyHigh(a, b);
  }

  public static long mad_hi_u64(long a, long b, long c) {
    return mul_hi_u64(a, b) + c;
  }

  public static long shr_u64(long a, int b) {
    return Integer.compareUnsigned(b, 64) < 0 ? a >>> b : 0;
  }

  public static boolean setp_lt_u64(long a, long b) {
    return Long.compareUnsigned(a, b) < 0;
  }

  public static boolean setp_le_u64(long a, long b) {
    return Long.compareUnsigned(a, b) <= 0;
  }

  public static boolean setp_gt_u64(long a, long b) {
    return Long.compareUnsigned(a, b) > 0;
  }

  public static boolean setp_ge_u64(long a, long b) {
    return Long.compareUnsigned(a, b) >= 0;
  }

  public static boolean setp_lo_u64(long a, long b) {
    return Long.compareUnsigned(a, b) < 0;
  }

  public static boolean setp_ls_u64(long a, long b) {
    return Long.compareUnsigned(a, b) <= 0;
  }

  public static boolean setp_hi_u64(long a, long b) {
    return Long.compareUnsigned(a, b) > 0;
  }

  public static boolean setp_hs_u64(long a, long b) {
    return Long.compareUnsigned(a, b) >= 0;
  }

  public static long add_b64(long a, long b) {
    return a + b;
  }

  public static long sub_b64(long a, long b) {
    return a - b;
  }

  public static long mul_lo_b64(long a, long b) {
    return a * b;
  }

  public static long mad_lo_b64(long a, long b, long c) {
    return a * b + c;
  }

  public static long and_b64(long a, long b) {
    return a & b;
  }

  public static long or_b64(long a, long b) {
    return a | b;
  }

  public static long xor_b64(long a, long b) {
    return a ^ b;
  }

  public static long not_b64(long a) {
    return ~a;
  }

  public static long cnot_b64(long a) {
    return a == 0 ? 1 : 0;
  }

  public static long neg_b64(long a) {
    return -a;
  }

  public static long abs_b64(long a) {
    return a < 0 ? -a : a;
  }

  public static long shl_b64(long a, int b) {
    return Integer.compareUnsigned(b, 64) < 0 ? a << b : 0;
  }

  public static int popc_b64(long a) {
    return Long.bitCount(a);
  }

  public static int clz_b64(long a) {
    return Long.numberOfLeadingZeros(a);
  }

  public static long brev_b64(long a) {
    return Long.reverse(a);
  }

  public static boolean setp_eq_b64(long a, long b) {
    return a == b;
  }

  public static boolean setp_ne_b64(long a, long b) {
    return a != b;
  }

  public static long selp_b64(long a, long b, boolean c) {
    return c ? a : b;
  }

  public static long mov_b64(long a) {
    return a;
  }
}
