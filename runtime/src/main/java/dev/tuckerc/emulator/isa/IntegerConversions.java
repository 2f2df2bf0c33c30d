package dev.tuckerc.emulator.isa;

/// Steps of a conversion on integers: widened to `long`, clamped to the range of the destination,
/// and narrowed to it.
public final class IntegerConversions {
  private IntegerConversions() {}

  public static long from_s8(int a) {
    return (byte) a;
  }

  public static long from_u8(int a) {
    return a & 0xff;
  }

  public static long from_s16(int a) {
    return (short) a;
  }

  public static long from_u16(int a) {
    return a & 0xffff;
  }

  public static long from_s32(int a) {
    return a;
  }

  public static long from_u32(int a) {
    return Integer.toUnsignedLong(a);
  }

  public static long from_s64(long a) {
    return a;
  }

  public static long from_u64(long a) {
    return a;
  }

  public static int wrap_s8(long a) {
    return (byte) a & 0xffff;
  }

  public static int wrap_u8(long a) {
    return (int) a & 0xff;
  }

  public static int wrap_s16(long a) {
    return (int) a & 0xffff;
  }

  public static int wrap_u16(long a) {
    return (int) a & 0xffff;
  }

  public static int wrap_s32(long a) {
    return (int) a;
  }

  public static int wrap_u32(long a) {
    return (int) a;
  }

  public static long wrap_s64(long a) {
    return a;
  }

  public static long wrap_u64(long a) {
    return a;
  }

  public static long clamp_signed_to_s8(long a) {
    return Math.max(Byte.MIN_VALUE, Math.min(Byte.MAX_VALUE, a));
  }

  public static long clamp_unsigned_to_s8(long a) {
    return Long.compareUnsigned(a, Byte.MAX_VALUE) > 0 ? Byte.MAX_VALUE : a;
  }

  public static long clamp_signed_to_u8(long a) {
    return Math.max(0, Math.min(0xff, a));
  }

  public static long clamp_unsigned_to_u8(long a) {
    return Long.compareUnsigned(a, 0xff) > 0 ? 0xff : a;
  }

  public static long clamp_signed_to_s16(long a) {
    return Math.max(Short.MIN_VALUE, Math.min(Short.MAX_VALUE, a));
  }

  public static long clamp_unsigned_to_s16(long a) {
    return Long.compareUnsigned(a, Short.MAX_VALUE) > 0 ? Short.MAX_VALUE : a;
  }

  public static long clamp_signed_to_u16(long a) {
    return Math.max(0, Math.min(0xffff, a));
  }

  public static long clamp_unsigned_to_u16(long a) {
    return Long.compareUnsigned(a, 0xffff) > 0 ? 0xffff : a;
  }

  public static long clamp_signed_to_s32(long a) {
    return Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, a));
  }

  public static long clamp_unsigned_to_s32(long a) {
    return Long.compareUnsigned(a, Integer.MAX_VALUE) > 0 ? Integer.MAX_VALUE : a;
  }

  public static long clamp_signed_to_u32(long a) {
    return Math.max(0, Math.min(0xffff_ffffL, a));
  }

  public static long clamp_unsigned_to_u32(long a) {
    return Long.compareUnsigned(a, 0xffff_ffffL) > 0 ? 0xffff_ffffL : a;
  }

  public static long clamp_signed_to_s64(long a) {
    return Math.max(Long.MIN_VALUE, Math.min(Long.MAX_VALUE, a));
  }

  public static long clamp_unsigned_to_s64(long a) {
    return Long.compareUnsigned(a, Long.MAX_VALUE) > 0 ? Long.MAX_VALUE : a;
  }

  public static long clamp_signed_to_u64(long a) {
    return Math.max(0, Math.min(Long.MAX_VALUE, a));
  }

  public static long clamp_unsigned_to_u64(long a) {
    return a;
  }
}
