package dev.tuckerc.emulator.isa;

/// Bit-field, permutation and dot-product instructions, and packing of registers.
public final class IntegerBits {
  private IntegerBits() {}

  /// Two 16-bit values, the first in the low half.
  static int pack(int low, int high) {
    return (low & 0xffff) | (high << 16);
  }

  public static int bfe_u32(int a, int b, int c) {
    int position = b & 0xff;
    int length = Math.min(c & 0xff, 32);
    if (position > 31 || length == 0) {
      return 0;
    }
    int shifted = a >>> position;
    return length >= 32 ? shifted : shifted & ((1 << length) - 1);
  }

  public static int bfe_s32(int a, int b, int c) {
    int position = b & 0xff;
    int length = c & 0xff;
    if (length == 0) {
      return 0;
    }
    int sign = (a >>> Math.min(position + length - 1, 31)) & 1;
    int result = bfe_u32(a, b, c);
    int valid = Math.min(Math.max(0, 32 - position), length);
    return sign == 0 || valid >= 32 ? result : result | (-1 << valid);
  }

  public static long bfe_u64(long a, int b, int c) {
    int position = b & 0xff;
    int length = Math.min(c & 0xff, 64);
    if (position > 63 || length == 0) {
      return 0;
    }
    long shifted = a >>> position;
    return length >= 64 ? shifted : shifted & ((1L << length) - 1);
  }

  public static long bfe_s64(long a, int b, int c) {
    int position = b & 0xff;
    int length = c & 0xff;
    if (length == 0) {
      return 0;
    }
    long sign = (a >>> Math.min(position + length - 1, 63)) & 1;
    long result = bfe_u64(a, b, c);
    int valid = Math.min(Math.max(0, 64 - position), length);
    return sign == 0 || valid >= 64 ? result : result | (-1L << valid);
  }

  public static int bfi_b32(int a, int b, int c, int d) {
    int position = c & 0xff;
    int length = d & 0xff;
    if (position > 31 || length == 0) {
      return b;
    }
    int field = length >= 32 ? -1 : (1 << length) - 1;
    int mask = field << position;
    return (b & ~mask) | ((a << position) & mask);
  }

  public static long bfi_b64(long a, long b, int c, int d) {
    int position = c & 0xff;
    int length = d & 0xff;
    if (position > 63 || length == 0) {
      return b;
    }
    long field = length >= 64 ? -1L : (1L << length) - 1;
    long mask = field << position;
    return (b & ~mask) | ((a << position) & mask);
  }

  public static int bfind_u32(int a) {
    return 31 - Integer.numberOfLeadingZeros(a);
  }

  public static int bfind_s32(int a) {
    return bfind_u32(a < 0 ? ~a : a);
  }

  public static int bfind_u64(long a) {
    return 63 - Long.numberOfLeadingZeros(a);
  }

  public static int bfind_s64(long a) {
    return bfind_u64(a < 0 ? ~a : a);
  }

  public static int bfind_shiftamt_u32(int a) {
    return a == 0 ? -1 : Integer.numberOfLeadingZeros(a);
  }

  public static int bfind_shiftamt_s32(int a) {
    return bfind_shiftamt_u32(a < 0 ? ~a : a);
  }

  public static int bfind_shiftamt_u64(long a) {
    return a == 0 ? -1 : Long.numberOfLeadingZeros(a);
  }

  public static int bfind_shiftamt_s64(long a) {
    return bfind_shiftamt_u64(a < 0 ? ~a : a);
  }

  public static int fns_b32(int mask, int base, int offset) {
    if (offset == 0) {
      return (mask >>> base & 1) != 0 ? base : -1;
    }
    int step = offset > 0 ? 1 : -1;
    int left = Math.abs(offset);
    for (int position = base; position >= 0 && position < 32; position += step) {
      if ((mask >>> position & 1) != 0 && --left == 0) {
        return position;
      }
    }
    return -1;
  }

  public static int bmsk_clamp_b32(int a, int b) {
    if (Integer.compareUnsigned(a, 31) > 0 || b == 0) {
      return 0;
    }
    int length = Integer.compareUnsigned(b, 32) > 0 ? 32 : b;
    return (length == 32 ? -1 : (1 << length) - 1) << a;
  }

  public static int bmsk_wrap_b32(int a, int b) {
    return bmsk_clamp_b32(a & 31, b & 31);
  }

  public static int szext_wrap_u32(int a, int b) {
    int n = b & 31;
    return n == 0 ? 0 : a & ((1 << n) - 1);
  }

  public static int szext_wrap_s32(int a, int b) {
    int n = b & 31;
    return n == 0 ? 0 : (a << (32 - n)) >> (32 - n);
  }

  public static int szext_clamp_u32(int a, int b) {
    return Integer.compareUnsigned(b, 32) >= 0 ? a : szext_wrap_u32(a, b);
  }

  public static int szext_clamp_s32(int a, int b) {
    return Integer.compareUnsigned(b, 32) >= 0 ? a : szext_wrap_s32(a, b);
  }

  public static int lop3_b32(int a, int b, int c, int table) {
    int result = 0;
    result |= ~a & ~b & ~c & -(table & 1);
    result |= ~a & ~b & c & -(table >> 1 & 1);
    result |= ~a & b & ~c & -(table >> 2 & 1);
    result |= ~a & b & c & -(table >> 3 & 1);
    result |= a & ~b & ~c & -(table >> 4 & 1);
    result |= a & ~b & c & -(table >> 5 & 1);
    result |= a & b & ~c & -(table >> 6 & 1);
    result |= a & b & c & -(table >> 7 & 1);
    return result;
  }

  public static int shf_l_wrap_b32(int a, int b, int c) {
    int n = c & 31;
    return n == 0 ? b : (b << n) | (a >>> (32 - n));
  }

  public static int shf_r_wrap_b32(int a, int b, int c) {
    int n = c & 31;
    return n == 0 ? a : (b << (32 - n)) | (a >>> n);
  }

  public static int shf_l_clamp_b32(int a, int b, int c) {
    return Integer.compareUnsigned(c, 32) >= 0 ? a : shf_l_wrap_b32(a, b, c);
  }

  public static int shf_r_clamp_b32(int a, int b, int c) {
    return Integer.compareUnsigned(c, 32) >= 0 ? b : shf_r_wrap_b32(a, b, c);
  }

  public static int prmt_b32(int a, int b, int selector) {
    long bytes = Integer.toUnsignedLong(a) | ((long) b << 32);
    int result = 0;
    for (int i = 0; i < 4; i++) {
      int choice = selector >>> (4 * i);
      int value = (int) (bytes >>> (8 * (choice & 7))) & 0xff;
      if ((choice & 8) != 0) {
        value = (value & 0x80) != 0 ? 0xff : 0;
      }
      result |= value << (8 * i);
    }
    return result;
  }

  public static int prmt_b32_f4e(int a, int b, int c) {
    int s = c & 3;
    return prmt_b32(a, b, s | (s + 1) << 4 | (s + 2) << 8 | (s + 3) << 12);
  }

  public static int prmt_b32_b4e(int a, int b, int c) {
    int s = c & 3;
    return prmt_b32(a, b, s | ((s - 1) & 7) << 4 | ((s - 2) & 7) << 8 | ((s - 3) & 7) << 12);
  }

  public static int prmt_b32_rc8(int a, int b, int c) {
    return prmt_b32(a, b, (c & 3) * 0x1111);
  }

  public static int prmt_b32_ecl(int a, int b, int c) {
    int s = c & 3;
    return prmt_b32(a, b, s | Math.max(s, 1) << 4 | Math.max(s, 2) << 8 | 3 << 12);
  }

  public static int prmt_b32_ecr(int a, int b, int c) {
    int s = c & 3;
    return prmt_b32(a, b, Math.min(s, 1) << 4 | Math.min(s, 2) << 8 | s << 12);
  }

  public static int prmt_b32_rc16(int a, int b, int c) {
    return prmt_b32(a, b, (c & 1) == 0 ? 0x1010 : 0x3232);
  }

  private static int signedByte(int a, int i) {
    return (byte) (a >> (8 * i));
  }

  private static int unsignedByte(int a, int i) {
    return (a >>> (8 * i)) & 0xff;
  }

  public static int dp4a_s32_s32(int a, int b, int c) {
    return c
        + signedByte(a, 0) * signedByte(b, 0)
        + signedByte(a, 1) * signedByte(b, 1)
        + signedByte(a, 2) * signedByte(b, 2)
        + signedByte(a, 3) * signedByte(b, 3);
  }

  public static int dp4a_u32_u32(int a, int b, int c) {
    return c
        + unsignedByte(a, 0) * unsignedByte(b, 0)
        + unsignedByte(a, 1) * unsignedByte(b, 1)
        + unsignedByte(a, 2) * unsignedByte(b, 2)
        + unsignedByte(a, 3) * unsignedByte(b, 3);
  }

  public static int dp4a_s32_u32(int a, int b, int c) {
    return c
        + signedByte(a, 0) * unsignedByte(b, 0)
        + signedByte(a, 1) * unsignedByte(b, 1)
        + signedByte(a, 2) * unsignedByte(b, 2)
        + signedByte(a, 3) * unsignedByte(b, 3);
  }

  public static int dp4a_u32_s32(int a, int b, int c) {
    return dp4a_s32_u32(b, a, c);
  }

  public static int dp2a_lo_s32_s32(int a, int b, int c) {
    return c + (short) a * signedByte(b, 0) + (a >> 16) * signedByte(b, 1);
  }

  public static int dp2a_hi_s32_s32(int a, int b, int c) {
    return c + (short) a * signedByte(b, 2) + (a >> 16) * signedByte(b, 3);
  }

  public static int dp2a_lo_u32_u32(int a, int b, int c) {
    return c + (a & 0xffff) * unsignedByte(b, 0) + (a >>> 16) * unsignedByte(b, 1);
  }

  public static int dp2a_hi_u32_u32(int a, int b, int c) {
    return c + (a & 0xffff) * unsignedByte(b, 2) + (a >>> 16) * unsignedByte(b, 3);
  }

  public static int dp2a_lo_s32_u32(int a, int b, int c) {
    return c + (short) a * unsignedByte(b, 0) + (a >> 16) * unsignedByte(b, 1);
  }

  public static int dp2a_lo_u32_s32(int a, int b, int c) {
    return c + (a & 0xffff) * signedByte(b, 0) + (a >>> 16) * signedByte(b, 1);
  }

  public static int dp2a_hi_s32_u32(int a, int b, int c) {
    return c + (short) a * unsignedByte(b, 2) + (a >> 16) * unsignedByte(b, 3);
  }

  public static int dp2a_hi_u32_s32(int a, int b, int c) {
    return c + (a & 0xffff) * signedByte(b, 2) + (a >>> 16) * signedByte(b, 3);
  }

  /// The same offset in the shared memory of another block of the cluster.
  public static int mapa_b32(int address, int rank) {
    return (address & 0xff_ffff) | rank << 24;
  }

  /// The same for a generic address, whose window begins at a multiple of 2^32.
  public static long mapa_b64(long address, int rank) {
    return (address & ~0xff00_0000L) | Integer.toUnsignedLong(rank << 24);
  }

  public static int rank_of_address(int address) {
    return address >>> 24;
  }

  public static int pack_b16x2(int low, int high) {
    return pack(low, high);
  }

  public static int pack_b8x4(int a, int b, int c, int d) {
    return (a & 0xff) | (b & 0xff) << 8 | (c & 0xff) << 16 | d << 24;
  }

  public static long pack_b32x2(int low, int high) {
    return Integer.toUnsignedLong(low) | ((long) high << 32);
  }

  public static long pack_b16x4(int a, int b, int c, int d) {
    return pack_b32x2(pack(a, b), pack(c, d));
  }

  public static int low_b16(int a) {
    return a & 0xffff;
  }

  public static int high_b16(int a) {
    return a >>> 16;
  }

  public static int low_b32(long a) {
    return (int) a;
  }

  public static int high_b32(long a) {
    return (int) (a >>> 32);
  }

  public static int part_b16(long a, int index) {
    return (int) (a >>> (16 * index)) & 0xffff;
  }

  public static int part_b8(int a, int index) {
    return (a >>> (8 * index)) & 0xff;
  }

  public static boolean carry_add_b32(int a, int b, boolean in) {
    return (Integer.toUnsignedLong(a) + Integer.toUnsignedLong(b) + (in ? 1 : 0)) >>> 32 != 0;
  }

  public static int sum_b32(int a, int b, boolean in) {
    return a + b + (in ? 1 : 0);
  }

  public static boolean carry_add_b64(long a, long b, boolean in) {
    long sum = a + b + (in ? 1 : 0);
    int order = Long.compareUnsigned(sum, a);
    return order < 0 || (in && order == 0);
  }

  public static long sum_b64(long a, long b, boolean in) {
    return a + b + (in ? 1 : 0);
  }

  public static boolean borrow_sub_b32(int a, int b, boolean in) {
    return Integer.toUnsignedLong(a) - Integer.toUnsignedLong(b) - (in ? 1 : 0) < 0;
  }

  public static int difference_b32(int a, int b, boolean in) {
    return a - b - (in ? 1 : 0);
  }

  public static boolean borrow_sub_b64(long a, long b, boolean in) {
    int order = Long.compareUnsigned(a, b);
    return order < 0 || (in && order == 0);
  }

  public static long difference_b64(long a, long b, boolean in) {
    return a - b - (in ? 1 : 0);
  }
}
