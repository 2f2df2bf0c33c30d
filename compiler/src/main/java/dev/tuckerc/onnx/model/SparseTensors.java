package dev.tuckerc.onnx.model;

import ai.onnx.proto.OnnxMl.SparseTensorProto;
import dev.tuckerc.onnx.model.OnnxException.Code;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;

/// Sparse tensors of ONNX in coordinate form, as dense ones.
public final class SparseTensors {
  private SparseTensors() {}

  /// The dense tensor of a sparse one.
  ///
  /// @param what the tensor, for messages: file and name
  /// @throws OnnxException when values, indices and shape do not fit together
  public static Tensor toDense(SparseTensorProto proto, String what, ExternalData external) {
    Tensor values = OnnxTensors.toTensor(proto.getValues(), what, external);
    Tensor indices = OnnxTensors.toTensor(proto.getIndices(), what + " indices", external);
    List<Long> shape = List.copyOf(proto.getDimsList());
    int size = OnnxTensors.elementCount(shape, what);
    // One linear position for each value, or one coordinate for each axis.
    boolean linear = indices.rank() == 1;
    int rank = shape.size();
    List<Long> coordinates = List.of((long) values.size(), (long) rank);
    if (indices.type() != DataType.I64
        || indices.rank() < 1
        || !indices.shape().equals(linear ? coordinates.subList(0, 1) : coordinates)) {
      throw new OnnxException(
          Code.ONNX005,
          what + ": indices " + indices.type() + indices.shape() + " do not fit " + shape);
    }
    Tensor dense = zeros(values.type(), shape, what);
    for (int i = 0; i < values.size(); i++) {
      long position = linear ? indices.getLong(i) : 0;
      boolean inside = position >= 0 && position < size;
      for (int axis = 0; !linear && axis < rank; axis++) {
        long index = indices.getLong(i * rank + axis);
        inside &= index >= 0 && index < shape.get(axis);
        position = position * shape.get(axis) + index;
      }
      if (!inside) {
        throw new OnnxException(Code.ONNX005, what + ": an index outside shape " + shape);
      }
      if (values.type().isFloat()) {
        dense.setDouble((int) position, values.getDouble(i));
      } else {
        dense.setLong((int) position, values.getLong(i));
      }
    }
    return dense;
  }

  private static Tensor zeros(DataType type, List<Long> shape, String what) {
    try {
      return Tensor.zeros(type, shape);
    } catch (IllegalArgumentException e) {
      throw new OnnxException(Code.ONNX014, what + ": " + e.getMessage(), e);
    }
  }
}
