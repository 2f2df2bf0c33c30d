package dev.tuckerc.emulator.isa;

/// 32-bit integer arithmetic, logic and comparison, and products of 64 bits. Division by zero,
/// which PTX leaves undefined, gives all ones, and its remainder the dividend, as the hardware
/// does.
@SuppressWarnings({"checkstyle:MethodName", "MemberName"})
public final class IntegerMath {
  private IntegerMath() {}

  public static int div_s32(int a, int b) {
    return b == 0 ? -1 : a / b;
  }

  public static int rem_s32(int a, int b) {
    return b == 0 ? a : a % b;
  }

  public static int min_s32(int a, int b) {
    return Math.min(a, b);
  }

  public static int max_s32(int a, int b) {
    return Math.max(a, b);
  }

  public static int mul_hi_s32(int a, int b) {
    return (int) (((long) a * b) >> 32);
  }

  public static int mad_hi_s32(int a, int b, int c) {
    return mul_hi_s32(a, b) + c;
  }

  public static int shr_s32(int a, int b) {
    return Integer.compareUnsigned(b, 32) < 0 ? a >> b : a >> 31;
  }

  public static boolean setp_lt_s32(int a, int b) {
    return a < b;
  }

  public static boolean setp_le_s32(int a, int b) {
    return a <= b;
  }

  public static boolean setp_gt_s32(int a, int b) {
    return a > b;
  }

  public static boolean setp_ge_s32(int a, int b) {
    return a >= b;
  }

  public static long mul_wide_s32(int a, int b) {
    return (long) a * b;
  }

  public static long mad_wide_s32(int a, int b, long c) {
    return (long) a * b + c;
  }

  public static int mul24_lo_s32(int a, int b) {
    return ((a << 8) >> 8) * ((b << 8) >> 8);
  }

  public static int mad24_lo_s32(int a, int b, int c) {
    return ((a << 8) >> 8) * ((b << 8) >> 8) + c;
  }

  public static int mul24_hi_s32(int a, int b) {
    return (int) (((long) ((a << 8) >> 8) * ((b << 8) >> 8)) >> 16);
  }

  public static int sad_s32(int a, int b, int c) {
    return c + max_s32(a, b) - min_s32(a, b);
  }

  public static int div_u32(int a, int b) {
    return b == 0 ? -1 : Integer.divideUnsigned(a, b);
  }

  public static int rem_u32(int a, int b) {
    return b == 0 ? a : Integer.remainderUnsigned(a, b);
  }

  public static int min_u32(int a, int b) {
    return Integer.compareUnsigned(a, b) < 0 ? a : b;
  }

  public static int max_u32(int a, int b) {
    return Integer.compareUnsigned(a, b) > 0 ? a : b;
  }

  public static int mul_hi_u32(int a, int b) {
    return (int) ((Integer.toUnsignedLong(a) * Integer.toUnsignedLong(b)) >>> 32);
  }

  public static int mad_hi_u32(int a, int b, int c) {
    return mul_hi_u32(a, b) + c;
  }

  public static int shr_u32(int a, int b) {
    return Integer.compareUnsigned(b, 32) < 0 ? a >>> b : 0;
  }

  public static boolean setp_lt_u32(int a, int b) {
    return Integer.compareUnsigned(a, b) < 0;
  }

  public static boolean setp_le_u32(int a, int b) {
    return Integer.compareUnsigned(a, b) <= 0;
  }

  public static boolean setp_gt_u32(int a, int b) {
    return Integer.compareUnsigned(a, b) > 0;
  }

  public static boolean setp_ge_u32(int a, int b) {
    return Integer.compareUnsigned(a, b) >= 0;
  }

  public static boolean setp_lo_u32(int a, int b) {
    return Integer.compareUnsigned(a, b) < 0;
  }

  public static boolean setp_ls_u32(int a, int b) {
    return Integer.compareUnsigned(a, b) <= 0;
  }

  public static boolean setp_hi_u32(int a, int b) {
    return Integer.compareUnsigned(a, b) > 0;
  }

  public static boolean setp_hs_u32(int a, int b) {
    return Integer.compareUnsigned(a, b) >= 0;
  }

  public static long mul_wide_u32(int a, int b) {
    return Integer.toUnsignedLong(a) * Integer.toUnsignedLong(b);
  }

  public static long mad_wide_u32(int a, int b, long c) {
    return Integer.toUnsignedLong(a) * Integer.toUnsignedLong(b) + c;
  }

  public static int mul24_lo_u32(int a, int b) {
    return (a & 0xffffff) * (b & 0xffffff);
  }

  public static int mad24_lo_u32(int a, int b, int c) {
    return (a & 0xffffff) * (b & 0xffffff) + c;
  }

  public static int mul24_hi_u32(int a, int b) {
    return (int) (((long) (a & 0xffffff) * (b & 0xffffff)) >>> 16);
  }

  public static int sad_u32(int a, int b, int c) {
    return c + max_u32(a, b) - min_u32(a, b);
  }

  public static int add_b32(int a, int b) {
    return a + b;
  }

  public static int sub_b32(int a, int b) {
    return a - b;
  }

  public static int mul_lo_b32(int a, int b) {
    return a * b;
  }

  public static int mad_lo_b32(int a, int b, int c) {
    return a * b + c;
  }

  public static int and_b32(int a, int b) {
    return a & b;
  }

  public static int or_b32(int a, int b) {
    return a | b;
  }

  public static int xor_b32(int a, int b) {
    return a ^ b;
  }

  public static int not_b32(int a) {
    return ~a;
  }

  public static int cnot_b32(int a) {
    return a == 0 ? 1 : 0;
  }

  public static int neg_b32(int a) {
    return -a;
  }

  public static int abs_b32(int a) {
    return a < 0 ? -a : a;
  }

  public static int shl_b32(int a, int b) {
    return Integer.compareUnsigned(b, 32) < 0 ? a << b : 0;
  }

  public static int popc_b32(int a) {
    return Integer.bitCount(a);
  }

  public static int clz_b32(int a) {
    return Integer.numberOfLeadingZeros(a);
  }

  public static int brev_b32(int a) {
    return Integer.reverse(a);
  }

  public static boolean setp_eq_b32(int a, int b) {
    return a == b;
  }

  public static boolean setp_ne_b32(int a, int b) {
    return a != b;
  }

  public static int selp_b32(int a, int b, boolean c) {
    return c ? a : b;
  }

  public static int mov_b32(int a) {
    return a;
  }

  public static int add_sat_s32(int a, int b) {
    long sum = (long) a + b;
    return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, sum));
  }

  public static int sub_sat_s32(int a, int b) {
    long difference = (long) a - b;
    return (int) Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, difference));
  }

  public static int mad_hi_sat_s32(int a, int b, int c) {
    return add_sat_s32(mul_hi_s32(a, b), c);
  }

  public static int max_relu_s32(int a, int b) {
    return Math.max(Math.max(a, b), 0);
  }

  public static int min_relu_s32(int a, int b) {
    return Math.max(Math.min(a, b), 0);
  }
}
