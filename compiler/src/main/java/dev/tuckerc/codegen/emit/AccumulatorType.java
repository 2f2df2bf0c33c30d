package dev.tuckerc.codegen.emit;

import dev.tuckerc.tensor.DataType;

/// How reductions accumulate elements of a type: 16-bit floats in `float`, narrow integers in a
/// 64-bit integer, everything else as it is.
///
/// @param type the element type
/// @param name CUDA type of the accumulator
public record AccumulatorType(DataType type, String name) {
  public static AccumulatorType of(DataType type) {
    return new AccumulatorType(
        type,
        switch (type) {
          case F64 -> "double";
          case F32, F16, BF16 -> "float";
          case I64, I32, I16, I8 -> "long long";
          case U64, U32, U16, U8, BOOL -> "unsigned long long";
        });
  }

  /// The least value of the accumulator that an element can have.
  public String lowest() {
    return switch (type) {
      case F64 -> "__longlong_as_double(0xfff0000000000000LL)";
      case F32, F16, BF16 -> "__int_as_float(0xff800000)";
      case I64 -> "(-9223372036854775807LL - 1)";
      case I32 -> "-2147483648LL";
      case I16 -> "-32768LL";
      case I8 -> "-128LL";
      case U64, U32, U16, U8, BOOL -> "0ULL";
    };
  }

  /// The greatest value of the accumulator that an element can have.
  public String highest() {
    return switch (type) {
      case F64 -> "__longlong_as_double(0x7ff0000000000000LL)";
      case F32, F16, BF16 -> "__int_as_float(0x7f800000)";
      case I64 -> "9223372036854775807LL";
      case I32 -> "2147483647LL";
      case I16 -> "32767LL";
      case I8 -> "127LL";
      case U64 -> "18446744073709551615ULL";
      case U32 -> "4294967295ULL";
      case U16 -> "65535ULL";
      case U8 -> "255ULL";
      case BOOL -> "1ULL";
    };
  }

  /// The greater of two accumulators; NaN when either is.
  public static String greater(String a, String b) {
    return b + " > " + a + " || " + b + " != " + b + " ? " + b + " : " + a;
  }

  /// The lesser of two accumulators; NaN when either is.
  public static String lesser(String a, String b) {
    return b + " < " + a + " || " + b + " != " + b + " ? " + b + " : " + a;
  }

  /// An accumulator as a value of the element's compute type.
  public String result(String accumulator) {
    return "static_cast<" + CudaType.of(type).compute() + ">(" + accumulator + ")";
  }
}
