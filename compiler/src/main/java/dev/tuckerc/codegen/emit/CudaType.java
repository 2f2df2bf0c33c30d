package dev.tuckerc.codegen.emit;

import dev.tuckerc.tensor.DataType;
import java.util.Optional;

/// How an element type is written in CUDA C++.
///
/// F16 and BF16 are stored as 16 bits (`half_bits`, `bfloat16_bits`) and computed as `float`; BOOL
/// is stored as one byte, 0 or 1, and computed as `bool`. All others are stored as they are
/// computed.
///
/// @param type the element type
/// @param storage type of an element in memory
/// @param compute type of an element in a register
/// @param helper helper file needed to load or store an element, if any
public record CudaType(DataType type, String storage, String compute, Optional<String> helper) {

  /// The CUDA form of an element type.
  public static CudaType of(DataType type) {
    return switch (type) {
      case F64 -> same(type, "double");
      case F32 -> same(type, "float");
      case F16 -> new CudaType(type, "half_bits", "float", Optional.of("half.cuh"));
      case BF16 -> new CudaType(type, "bfloat16_bits", "float", Optional.of("bfloat16.cuh"));
      case I64 -> same(type, "long long");
      case I32 -> same(type, "int");
      case I16 -> same(type, "short");
      case I8 -> same(type, "signed char");
      case U64 -> same(type, "unsigned long long");
      case U32 -> same(type, "unsigned int");
      case U16 -> same(type, "unsigned short");
      case U8 -> same(type, "unsigned char");
      case BOOL -> new CudaType(type, "unsigned char", "bool", Optional.empty());
    };
  }

  /// A stored element, as a value to compute with.
  ///
  /// @param element an expression of the storage type, such as `input[i]`
  public String load(String element) {
    return switch (type) {
      case F16 -> "half_to_float(" + element + ")";
      case BF16 -> "bfloat16_to_float(" + element + ")";
      case BOOL -> "(" + element + " != 0)";
      case F64, F32, I64, I32, I16, I8, U64, U32, U16, U8 -> element;
    };
  }

  /// A computed value, as an element to store.
  ///
  /// @param value an expression of the compute type
  public String store(String value) {
    return switch (type) {
      case F16 -> "float_to_half(" + value + ")";
      case BF16 -> "float_to_bfloat16(" + value + ")";
      case BOOL -> "static_cast<unsigned char>(" + value + ")";
      case F64, F32, I64, I32, I16, I8, U64, U32, U16, U8 -> value;
    };
  }

  private static CudaType same(DataType type, String name) {
    return new CudaType(type, name, name, Optional.empty());
  }
}
