package dev.tuckerc.emulator.operations.matrix;

import dev.tuckerc.emulator.isa.Float8;
import dev.tuckerc.emulator.operations.Bytes;

/// Element formats of the matrices of `wgmma.mma_async`; 32 bytes of K make one instruction.
public enum WarpgroupFormat {
  F16(2, false),
  BF16(2, false),
  TF32(4, false),
  E4M3(1, false),
  E5M2(1, false),
  S8(1, true),
  U8(1, true),
  /// Single bits, eight to a byte; products are `and`, sums count.
  B1(1, true);

  /// Size of an element (of eight for [#B1]).
  public final int bytes;

  /// Whether accumulators are integers.
  public final boolean integer;

  WarpgroupFormat(int bytes, boolean integer) {
    this.bytes = bytes;
    this.integer = integer;
  }

  /// The format of a PTX type.
  public static WarpgroupFormat of(String type) {
    return switch (type) {
      case "f16" -> F16;
      case "bf16" -> BF16;
      case "tf32" -> TF32;
      case "e4m3" -> E4M3;
      case "e5m2" -> E5M2;
      case "s8" -> S8;
      case "u8" -> U8;
      case "b1" -> B1;
      default -> throw new IllegalArgumentException(type);
    };
  }

  /// Elements along K of one instruction, as in its shape.
  public int depth() {
    return this == B1 ? 256 : 32 / bytes;
  }

  /// A floating-point element. The hardware ignores the low 13 bits of tf32.
  float number(byte[] memory, int at) {
    return switch (this) {
      case F16 -> Float.float16ToFloat((short) Bytes.SHORT.get(memory, at));
      case BF16 -> Float.intBitsToFloat((short) Bytes.SHORT.get(memory, at) << 16);
      case TF32 -> Float.intBitsToFloat((int) Bytes.INT.get(memory, at) & 0xffff_e000);
      case E4M3 -> Float8.fromE4m3(memory[at]);
      case E5M2 -> Float8.fromE5m2(memory[at]);
      case S8, U8, B1 -> throw new IllegalStateException("an integer format");
    };
  }

  /// An integer element.
  int integer(byte[] memory, int at) {
    return this == S8 ? memory[at] : memory[at] & 0xff;
  }
}
