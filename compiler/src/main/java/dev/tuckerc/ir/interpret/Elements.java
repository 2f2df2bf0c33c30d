package dev.tuckerc.ir.interpret;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Tensors from arrays of computed numbers, rounded or wrapped to the element type.
final class Elements {
  private Elements() {}

  /// A tensor of floating-point results; owns `values` afterwards.
  static Tensor ofDoubles(DataType type, List<Long> shape, double[] values) {
    if (type == DataType.F64) {
      return Tensor.of(type, shape, MemorySegment.ofArray(values));
    }
    if (type == DataType.F32) {
      float[] rounded = new float[values.length];
      for (int i = 0; i < values.length; i++) {
        rounded[i] = (float) values[i];
      }
      return ofFloats(shape, rounded);
    }
    Tensor result = Tensor.zeros(type, shape);
    for (int i = 0; i < values.length; i++) {
      result.setDouble(i, values[i]);
    }
    return result;
  }

  /// A tensor of float32 results; owns `values` afterwards.
  static Tensor ofFloats(List<Long> shape, float[] values) {
    return Tensor.of(DataType.F32, shape, MemorySegment.ofArray(values));
  }

  /// A tensor of integer or BOOL results.
  static Tensor ofLongs(DataType type, List<Long> shape, long[] values) {
    if (type == DataType.I64) {
      return Tensor.of(type, shape, MemorySegment.ofArray(values));
    }
    Tensor result = Tensor.zeros(type, shape);
    for (int i = 0; i < values.length; i++) {
      result.setLong(i, values[i]);
    }
    return result;
  }

  /// Row-major strides, in elements.
  static long[] strides(List<Long> shape) {
    long[] strides = new long[shape.size()];
    long stride = 1;
    for (int axis = strides.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride *= shape.get(axis);
    }
    return strides;
  }

  /// Product of the extents of axes `from` (inclusive) to `to` (exclusive).
  static int product(List<Long> shape, int from, int to) {
    return Tensor.elementCount(shape.subList(from, to));
  }
}
