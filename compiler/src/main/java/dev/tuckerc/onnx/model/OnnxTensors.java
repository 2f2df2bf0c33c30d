package dev.tuckerc.onnx.model;

import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import dev.tuckerc.onnx.model.OnnxException.Code;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;

/// Tensors in ONNX's protobuf form: single `.pb` files, and the tensors inside a model.
public final class OnnxTensors {
  private OnnxTensors() {}

  /// Reads a file that holds one tensor.
  ///
  /// @throws OnnxException when it cannot be read, is no tensor, or has a type that no [DataType]
  ///   stands for
  public static Tensor read(Path file) {
    return toTensor(proto(file), file.toString(), new ExternalData(file));
  }

  /// Name of the value that a tensor file belongs to; empty when it does not say.
  ///
  /// @throws OnnxException when the file cannot be read or is no tensor
  public static String readName(Path file) {
    return proto(file).getName();
  }

  /// Writes a tensor as a `.pb` file, at once or not at all.
  ///
  /// @throws OnnxException when the file cannot be written
  public static void write(Path file, String name, Tensor tensor) {
    ModelFiles.writeAtomically(file, toProto(name, tensor));
  }

  private static TensorProto proto(Path file) {
    ByteString bytes = ModelFiles.readAll(file);
    if (bytes.isEmpty()) {
      throw new OnnxException(Code.ONNX002, file + ": the file is empty; expected an ONNX tensor");
    }
    try {
      TensorProto proto = TensorProto.parseFrom(aliasing(bytes));
      if (proto.getDataType() == 0) {
        throw new OnnxException(
            Code.ONNX013,
            file + ": not an ONNX tensor (no element type; a sequence or optional is unsupported)");
      }
      return proto;
    } catch (IOException e) {
      throw new OnnxException(
          Code.ONNX003, file + ": not an ONNX tensor, or truncated; write it again", e);
    }
  }

  /// A parser that shares the bytes of large fields instead of copying them.
  static CodedInputStream aliasing(ByteString bytes) {
    CodedInputStream stream = bytes.newCodedInput();
    stream.enableAliasing(true);
    return stream;
  }

  /// The tensor of a protobuf message.
  ///
  /// @param what the tensor, for messages: file and name
  /// @throws OnnxException when its data does not fit its type and shape
  public static Tensor toTensor(TensorProto proto, String what, ExternalData external) {
    DataType type =
        OnnxTypes.fromOnnx(proto.getDataType())
            .orElseThrow(() ->
                new OnnxException(
                    Code.ONNX013,
                    what
                        + ": element type "
                        + OnnxTypes.describe(proto.getDataType())
                        + " is unsupported; cast it before export"));
    List<Long> shape = List.copyOf(proto.getDimsList());
    int count = elementCount(shape, what);
    if (proto.hasSegment()) {
      throw new OnnxException(Code.ONNX005, what + ": tensors in segments are unsupported");
    }
    if (proto.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
      return Tensor.of(type, shape, external.load(proto, (long) count * type.bytes(), what));
    }
    if (proto.hasRawData()) {
      return raw(proto.getRawData(), type, shape, count, what);
    }
    return typed(proto, type, shape, count, what);
  }

  static int elementCount(List<Long> shape, String what) {
    try {
      return Tensor.elementCount(shape);
    } catch (ArithmeticException e) {
      throw new OnnxException(
          Code.ONNX014, what + ": shape " + shape + " has more than 2^31-1 elements", e);
    } catch (IllegalArgumentException e) {
      throw new OnnxException(Code.ONNX005, what + ": negative extent in shape " + shape, e);
    }
  }

  private static Tensor raw(
      ByteString data, DataType type, List<Long> shape, int count, String what) {
    if (data.size() != (long) count * type.bytes()) {
      throw mismatch(what, type, shape, data.size() + " bytes");
    }
    MemorySegment segment = MemorySegment.ofBuffer(data.asReadOnlyByteBuffer());
    if (type == DataType.BOOL && !isBoolean(segment)) {
      throw new OnnxException(Code.ONNX005, what + ": a bool tensor with bytes other than 0 and 1");
    }
    return Tensor.of(type, shape, segment);
  }

  private static boolean isBoolean(MemorySegment segment) {
    for (long i = 0; i < segment.byteSize(); i++) {
      if ((segment.get(ValueLayout.JAVA_BYTE, i) & ~1) != 0) {
        return false;
      }
    }
    return true;
  }

  private static Tensor typed(
      TensorProto proto, DataType type, List<Long> shape, int count, String what) {
    int given =
        switch (type) {
          case F32 -> proto.getFloatDataCount();
          case F64 -> proto.getDoubleDataCount();
          case I64 -> proto.getInt64DataCount();
          case U64, U32 -> proto.getUint64DataCount();
          case F16, BF16, I32, I16, I8, U16, U8, BOOL -> proto.getInt32DataCount();
        };
    if (given != count) {
      throw mismatch(what, type, shape, given + " elements");
    }
    // The data is there, so its size bounds what is allocated here.
    Tensor tensor = Tensor.zeros(type, shape);
    for (int i = 0; i < count; i++) {
      switch (type) {
        case F32 -> tensor.setDouble(i, proto.getFloatData(i));
        case F64 -> tensor.setDouble(i, proto.getDoubleData(i));
        case I64 -> tensor.setLong(i, proto.getInt64Data(i));
        case U64, U32 -> tensor.setLong(i, proto.getUint64Data(i));
        case I32, I16, I8, U16, U8, BOOL -> tensor.setLong(i, proto.getInt32Data(i));
        // 16-bit floats are stored as their bits.
        case F16, BF16 ->
            tensor
                .data()
                .set(
                    ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN),
                    2L * i,
                    (short) proto.getInt32Data(i));
      }
    }
    return tensor;
  }

  private static OnnxException mismatch(
      String what, DataType type, List<Long> shape, String given) {
    return new OnnxException(
        Code.ONNX005,
        what + ": " + given + " of data do not fill " + type + shape + "; the file is damaged");
  }

  /// The protobuf message of a tensor, its data in the raw little-endian form.
  public static TensorProto toProto(String name, Tensor tensor) {
    return TensorProto.newBuilder()
        .setName(name)
        .setDataType(OnnxTypes.toOnnx(tensor.type()).getNumber())
        .addAllDims(tensor.shape())
        .setRawData(UnsafeByteOperations.unsafeWrap(tensor.data().toArray(ValueLayout.JAVA_BYTE)))
        .build();
  }
}
