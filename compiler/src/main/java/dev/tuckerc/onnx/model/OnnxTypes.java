package dev.tuckerc.onnx.model;

import ai.onnx.proto.OnnxMl.TensorProto;
import dev.tuckerc.tensor.DataType;
import java.util.Optional;

/// Element types of ONNX and ours.
public final class OnnxTypes {
  private OnnxTypes() {}

  /// Our type for an ONNX type number; empty when there is none.
  public static Optional<DataType> fromOnnx(long number) {
    if (number < 0 || number > Integer.MAX_VALUE) {
      return Optional.empty();
    }
    return switch (TensorProto.DataType.forNumber((int) number)) {
      case FLOAT -> Optional.of(DataType.F32);
      case DOUBLE -> Optional.of(DataType.F64);
      case FLOAT16 -> Optional.of(DataType.F16);
      case BFLOAT16 -> Optional.of(DataType.BF16);
      case INT64 -> Optional.of(DataType.I64);
      case INT32 -> Optional.of(DataType.I32);
      case INT16 -> Optional.of(DataType.I16);
      case INT8 -> Optional.of(DataType.I8);
      case UINT64 -> Optional.of(DataType.U64);
      case UINT32 -> Optional.of(DataType.U32);
      case UINT16 -> Optional.of(DataType.U16);
      case UINT8 -> Optional.of(DataType.U8);
      case BOOL -> Optional.of(DataType.BOOL);
      case null, default -> Optional.empty();
    };
  }

  /// The ONNX type of one of ours.
  public static TensorProto.DataType toOnnx(DataType type) {
    return switch (type) {
      case F32 -> TensorProto.DataType.FLOAT;
      case F64 -> TensorProto.DataType.DOUBLE;
      case F16 -> TensorProto.DataType.FLOAT16;
      case BF16 -> TensorProto.DataType.BFLOAT16;
      case I64 -> TensorProto.DataType.INT64;
      case I32 -> TensorProto.DataType.INT32;
      case I16 -> TensorProto.DataType.INT16;
      case I8 -> TensorProto.DataType.INT8;
      case U64 -> TensorProto.DataType.UINT64;
      case U32 -> TensorProto.DataType.UINT32;
      case U16 -> TensorProto.DataType.UINT16;
      case U8 -> TensorProto.DataType.UINT8;
      case BOOL -> TensorProto.DataType.BOOL;
    };
  }

  /// Name of an ONNX type number, for messages.
  public static String describe(long number) {
    TensorProto.DataType type =
        number < 0 || number > Integer.MAX_VALUE
            ? null
            : TensorProto.DataType.forNumber((int) number);
    return type == null ? "number " + number : type.name();
  }
}
