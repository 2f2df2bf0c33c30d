package dev.tuckerc.emulator.operations;

import dev.tuckerc.emulator.machine.Home;
import dev.tuckerc.emulator.machine.Warp;

/// A value in memory: its size, and how it is extended into its register.
public enum Element {
  U8(1),
  S8(1),
  U16(2),
  S16(2),
  B32(4),
  S32(4),
  B64(8);

  /// Size in memory.
  public final int bytes;

  Element(int bytes) {
    this.bytes = bytes;
  }

  /// The element of a PTX type.
  public static Element of(String type) {
    return switch (type) {
      case "b8", "u8" -> U8;
      case "s8" -> S8;
      case "b16", "u16", "f16", "bf16" -> U16;
      case "s16" -> S16;
      case "b32", "u32", "f32", "f16x2", "bf16x2", "tf32" -> B32;
      case "s32" -> S32;
      case "b64", "u64", "s64", "f64" -> B64;
      default -> throw new IllegalArgumentException(type);
    };
  }

  /// The bits that are in memory.
  public long mask() {
    return bytes == 8 ? -1 : (1L << 8 * bytes) - 1;
  }

  /// Reads as bits, extended to 64.
  public long read(byte[] memory, int offset) {
    return switch (this) {
      case U8 -> memory[offset] & 0xff;
      case S8 -> memory[offset];
      case U16 -> (short) Bytes.SHORT.get(memory, offset) & 0xffff;
      case S16 -> (short) Bytes.SHORT.get(memory, offset);
      case B32 -> Integer.toUnsignedLong((int) Bytes.INT.get(memory, offset));
      case S32 -> (int) Bytes.INT.get(memory, offset);
      case B64 -> (long) Bytes.LONG.get(memory, offset);
    };
  }

  /// Writes the low bits.
  public void write(byte[] memory, int offset, long bits) {
    switch (this) {
      case U8, S8 -> memory[offset] = (byte) bits;
      case U16, S16 -> Bytes.SHORT.set(memory, offset, (short) bits);
      case B32, S32 -> Bytes.INT.set(memory, offset, (int) bits);
      case B64 -> Bytes.LONG.set(memory, offset, bits);
    }
  }

  /// Stores bits in a lane of a register.
  public static void toRegister(Warp warp, Home home, int slot, int lane, long bits) {
    switch (home) {
      case INT -> warp.i[slot][lane] = (int) bits;
      case FLOAT -> warp.f[slot][lane] = Float.intBitsToFloat((int) bits);
      case LONG -> warp.l[slot][lane] = bits;
      case DOUBLE -> warp.d[slot][lane] = Double.longBitsToDouble(bits);
      case PREDICATE -> warp.p[slot] = (warp.p[slot] & ~(1 << lane)) | (int) (bits & 1) << lane;
    }
  }

  /// Bits of a lane of a register.
  public static long fromRegister(Warp warp, Home home, int slot, int lane) {
    return switch (home) {
      case INT -> Integer.toUnsignedLong(warp.i[slot][lane]);
      case FLOAT -> Integer.toUnsignedLong(Float.floatToRawIntBits(warp.f[slot][lane]));
      case LONG -> warp.l[slot][lane];
      case DOUBLE -> Double.doubleToRawLongBits(warp.d[slot][lane]);
      case PREDICATE -> warp.p[slot] >>> lane & 1;
    };
  }
}
