package dev.tuckerc.emulator.isa;

/// 16-bit integer arithmetic; values are zero-extended in `int`s.
public final class ShortMath {
  private ShortMath() {}

  public static int div_s16(int a, int b) {
    return ((short) b) == 0 ? 0xffff : (((short) a) / ((short) b)) & 0xffff;
  }

  public static int rem_s16(int a, int b) {
    return ((short) b) == 0 ? a : (((short) a) % ((short) b)) & 0xffff;
  }

  public static int min_s16(int a, int b) {
    return Math.min((short) a, (short) b) & 0xffff;
  }

  public static int max_s16(int a, int b) {
    return Math.max((short) a, (short) b) & 0xffff;
  }

  public static int mul_hi_s16(int a, int b) {
    return ((((short) a) * ((short) b)) >> 16) & 0xffff;
  }

  public static int mad_hi_s16(int a, int b, int c) {
    return (mul_hi_s16(a, b) + c) & 0xffff;
  }

  public static int mul_wide_s16(int a, int b) {
    return ((short) a) * ((short) b);
  }

  public static int mad_wide_s16(int a, int b, int c) {
    return ((short) a) * ((short) b) + c;
  }

  public static int shr_s16(int a, int b) {
    return Integer.compareUnsigned(b, 16) < 0
        ? (((short) a) >> b) & 0xffff
        : (((short) a) >> 15) & 0xffff;
  }

  public static boolean setp_lt_s16(int a, int b) {
    return ((short) a) < ((short) b);
  }

  public static boolean setp_le_s16(int a, int b) {
    return ((short) a) <= ((short) b);
  }

  public static boolean setp_gt_s16(int a, int b) {
    return ((short) a) > ((short) b);
  }

  public static boolean setp_ge_s16(int a, int b) {
    return ((short) a) >= ((short) b);
  }

  public static int div_u16(int a, int b) {
    return ((b & 0xffff)) == 0 ? 0xffff : (((a & 0xffff)) / ((b & 0xffff))) & 0xffff;
  }

  public static int rem_u16(int a, int b) {
    return ((b & 0xffff)) == 0 ? a : (((a & 0xffff)) % ((b & 0xffff))) & 0xffff;
  }

  public static int min_u16(int a, int b) {
    return Math.min((a & 0xffff), (b & 0xffff)) & 0xffff;
  }

  public static int max_u16(int a, int b) {
    return Math.max((a & 0xffff), (b & 0xffff)) & 0xffff;
  }

  public static int mul_hi_u16(int a, int b) {
    return ((((a & 0xffff)) * ((b & 0xffff))) >> 16) & 0xffff;
  }

  public static int mad_hi_u16(int a, int b, int c) {
    return (mul_hi_u16(a, b) + c) & 0xffff;
  }

  public static int mul_wide_u16(int a, int b) {
    return ((a & 0xffff)) * ((b & 0xffff));
  }

  public static int mad_wide_u16(int a, int b, int c) {
    return ((a & 0xffff)) * ((b & 0xffff)) + c;
  }

  public static int shr_u16(int a, int b) {
    return Integer.compareUnsigned(b, 16) < 0 ? (((a & 0xffff)) >> b) & 0xffff : 0;
  }

  public static boolean setp_lt_u16(int a, int b) {
    return ((a & 0xffff)) < ((b & 0xffff));
  }

  public static boolean setp_le_u16(int a, int b) {
    return ((a & 0xffff)) <= ((b & 0xffff));
  }

  public static boolean setp_gt_u16(int a, int b) {
    return ((a & 0xffff)) > ((b & 0xffff));
  }

  public static boolean setp_ge_u16(int a, int b) {
    return ((a & 0xffff)) >= ((b & 0xffff));
  }

  public static boolean setp_lo_u16(int a, int b) {
    return ((a & 0xffff)) < ((b & 0xffff));
  }

  public static boolean setp_ls_u16(int a, int b) {
    return ((a & 0xffff)) <= ((b & 0xffff));
  }

  public static boolean setp_hi_u16(int a, int b) {
    return ((a & 0xffff)) > ((b & 0xffff));
  }

  public static boolean setp_hs_u16(int a, int b) {
    return ((a & 0xffff)) >= ((b & 0xffff));
  }

  public static int add_b16(int a, int b) {
    return (a + b) & 0xffff;
  }

  public static int sub_b16(int a, int b) {
    return (a - b) & 0xffff;
  }

  public static int mul_lo_b16(int a, int b) {
    return (a * b) & 0xffff;
  }

  public static int mad_lo_b16(int a, int b, int c) {
    return (a * b + c) & 0xffff;
  }

  public static int and_b16(int a, int b) {
    return a & b;
  }

  public static int or_b16(int a, int b) {
    return a | b;
  }

  public static int xor_b16(int a, int b) {
    return a ^ b;
  }

  public static int not_b16(int a) {
    return ~a & 0xffff;
  }

  public static int cnot_b16(int a) {
    return a == 0 ? 1 : 0;
  }

  public static int neg_b16(int a) {
    return -a & 0xffff;
  }

  public static int abs_b16(int a) {
    return Math.abs((short) a) & 0xffff;
  }

  public static int shl_b16(int a, int b) {
    return Integer.compareUnsigned(b, 16) < 0 ? (a << b) & 0xffff : 0;
  }

  public static boolean setp_eq_b16(int a, int b) {
    return (a & 0xffff) == (b & 0xffff);
  }

  public static boolean setp_ne_b16(int a, int b) {
    return (a & 0xffff) != (b & 0xffff);
  }

  public static int selp_b16(int a, int b, boolean c) {
    return (c ? a : b) & 0xffff;
  }

  public static int mov_b16(int a) {
    return a & 0xffff;
  }

  public static int mov_b8(int a) {
    return a & 0xff;
  }

  public static int add_u16x2(int a, int b) {
    return IntegerBits.pack((a & 0xffff) + (b & 0xffff), (a >>> 16) + (b >>> 16));
  }

  public static int min_u16x2(int a, int b) {
    return IntegerBits.pack(Math.min((a & 0xffff), (b & 0xffff)), Math.min((a >>> 16), (b >>> 16)));
  }

  public static int max_u16x2(int a, int b) {
    return IntegerBits.pack(Math.max((a & 0xffff), (b & 0xffff)), Math.max((a >>> 16), (b >>> 16)));
  }

  public static int add_s16x2(int a, int b) {
    return IntegerBits.pack((short) (a) + (short) (b), (short) (a >>> 16) + (short) (b >>> 16));
  }

  public static int min_s16x2(int a, int b) {
    return IntegerBits.pack(
        Math.min((short) (a), (short) (b)), Math.min((short) (a >>> 16), (short) (b >>> 16)));
  }

  public static int max_s16x2(int a, int b) {
    return IntegerBits.pack(
        Math.max((short) (a), (short) (b)), Math.max((short) (a >>> 16), (short) (b >>> 16)));
  }
}
