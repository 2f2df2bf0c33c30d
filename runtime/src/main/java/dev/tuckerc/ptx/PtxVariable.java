package dev.tuckerc.ptx;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A variable or parameter.
///
/// @param name unique in its scope
/// @param space `global`, `const`, `shared`, `local` or `param`
/// @param type element type such as `b8` or `f32`
/// @param alignment bytes
/// @param bytes size; 0 for an unsized `extern` array
/// @param external declared `.extern`
/// @param initial initial values in order, or null where none is given; symbols are addresses
public record PtxVariable(
    String name,
    String space,
    String type,
    int alignment,
    long bytes,
    boolean external,
    @Nullable List<PtxOperand> initial) {

  /// Size of one element of a fundamental type in bytes.
  public static int bytesOf(String type) {
    return switch (type) {
      case "b8", "u8", "s8", "e4m3", "e5m2" -> 1;
      case "b16", "u16", "s16", "f16", "bf16" -> 2;
      case "b32", "u32", "s32", "f32", "f16x2", "bf16x2", "tf32" -> 4;
      case "b64", "u64", "s64", "f64" -> 8;
      case "b128" -> 16;
      default -> 0;
    };
  }
}
