package dev.tuckerc.tensor;

import java.util.Arrays;
import java.util.Optional;

/// Element type of a tensor.
public enum DataType {
  F64("f64", 8),
  F32("f32", 4),
  F16("f16", 2),
  BF16("bf16", 2),
  I64("i64", 8),
  I32("i32", 4),
  I16("i16", 2),
  I8("i8", 1),
  U64("u64", 8),
  U32("u32", 4),
  U16("u16", 2),
  U8("u8", 1),
  BOOL("bool", 1);

  private final String text;
  private final int bytes;

  DataType(String text, int bytes) {
    this.text = text;
    this.bytes = bytes;
  }

  /// Name in the IR's text form.
  public String text() {
    return text;
  }

  /// Size of one element in bytes.
  public int bytes() {
    return bytes;
  }

  /// Whether it is a float of 16 bits, F16 or BF16.
  public boolean isHalf() {
    return this == F16 || this == BF16;
  }

  /// Whether values are floating-point numbers.
  public boolean isFloat() {
    return switch (this) {
      case F64, F32, F16, BF16 -> true;
      case I64, I32, I16, I8, U64, U32, U16, U8, BOOL -> false;
    };
  }

  /// Whether values are integers (BOOL is not).
  public boolean isInteger() {
    return !isFloat() && this != BOOL;
  }

  /// Whether values are unsigned integers.
  public boolean isUnsigned() {
    return switch (this) {
      case U64, U32, U16, U8 -> true;
      case F64, F32, F16, BF16, I64, I32, I16, I8, BOOL -> false;
    };
  }

  /// The type with this text form.
  public static Optional<DataType> parse(String text) {
    return Arrays.stream(values()).filter(type -> type.text.equals(text)).findFirst();
  }

  @Override
  public String toString() {
    return text;
  }
}
