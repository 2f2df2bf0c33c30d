package dev.tuckerc.codegen.emit;

import dev.tuckerc.ir.Layout;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Host tensors as they lie in device memory.
public final class StoredTensor {
  private StoredTensor() {}

  /// The elements of a row-major tensor in the order of a layout. The result's shape lists the
  /// extents from the slowest axis to the fastest.
  public static Tensor store(Tensor tensor, Layout layout) {
    return permuted(tensor, layout, true);
  }

  /// The inverse of [#store]: a row-major tensor of the logical shape.
  ///
  /// @param stored any tensor whose data lies in the layout
  /// @param shape logical extents
  public static Tensor load(Tensor stored, List<Long> shape, Layout layout) {
    return permuted(stored.reshape(shape), layout, false);
  }

  private static Tensor permuted(Tensor tensor, Layout layout, boolean store) {
    if (layout.isRowMajor()) {
      return tensor;
    }
    List<Long> extents = tensor.shape();
    long[] strides = layout.strides(extents);
    List<Long> stored = new ArrayList<>();
    layout.orderFor(extents.size()).forEach(axis -> stored.add(extents.get(axis)));
    Tensor result = Tensor.zeros(tensor.type(), store ? stored : extents);
    int bytes = tensor.type().bytes();
    long[] coordinate = new long[extents.size()];
    long offset = 0;
    for (long linear = 0; linear < tensor.size(); linear++) {
      long from = store ? linear : offset;
      long to = store ? offset : linear;
      MemorySegment.copy(tensor.data(), from * bytes, result.data(), to * bytes, bytes);
      for (int axis = extents.size() - 1; axis >= 0; axis--) {
        offset += strides[axis];
        if (++coordinate[axis] < extents.get(axis)) {
          break;
        }
        offset -= strides[axis] * coordinate[axis];
        coordinate[axis] = 0;
      }
    }
    return result;
  }
}
