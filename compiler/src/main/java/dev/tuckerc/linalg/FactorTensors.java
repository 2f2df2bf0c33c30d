package dev.tuckerc.linalg;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// The elements of factors in other orders and shapes.
final class FactorTensors {
  private FactorTensors() {}

  /// `[first, second, third]` with its last two axes swapped.
  static double[] swapLast(Tensor tensor, int first, int second, int third) {
    double[] values = tensor.toDoubles();
    double[] result = new double[values.length];
    for (int i = 0; i < first; i++) {
      for (int j = 0; j < second; j++) {
        for (int k = 0; k < third; k++) {
          result[(i * third + k) * second + j] = values[(i * second + j) * third + k];
        }
      }
    }
    return result;
  }

  /// The core `[rank, columns, 1]` as a matrix.
  static Tensor matrix(Tensor core, int columns) {
    return core.reshape(List.of(core.shape().getFirst(), (long) columns));
  }

  /// Tensors of one shape, one after the other along their first axis.
  static Tensor stack(List<Tensor> tensors) {
    if (tensors.size() == 1) {
      return tensors.getFirst();
    }
    List<Long> shape = new ArrayList<>(tensors.getFirst().shape());
    shape.set(0, shape.getFirst() * tensors.size());
    Tensor result = Tensor.zeros(DataType.F64, shape);
    long at = 0;
    for (Tensor tensor : tensors) {
      result.data().asSlice(at, tensor.data().byteSize()).copyFrom(tensor.data());
      at += tensor.data().byteSize();
    }
    return result;
  }

  /// The matrix with its axes swapped.
  static Tensor transposed(Tensor matrix) {
    int rows = matrix.dimension(0);
    int columns = matrix.dimension(1);
    double[] result = new double[rows * columns];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        result[column * rows + row] = matrix.getDouble(row * columns + column);
      }
    }
    return Tensor.ofDoubles(List.of((long) columns, (long) rows), result);
  }
}
