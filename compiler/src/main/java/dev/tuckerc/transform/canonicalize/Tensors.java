package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.function.IntToDoubleFunction;

/// Arithmetic on weights.
final class Tensors {
  private Tensors() {}

  /// Multiplies every row by a factor; products are computed in double precision and rounded once.
  ///
  /// @param rowRank number of leading axes that number the rows
  /// @param factor of a row, by its row-major index over the leading axes
  static Tensor scaleRows(Tensor tensor, int rowRank, IntToDoubleFunction factor) {
    int rows = Tensor.elementCount(tensor.shape().subList(0, rowRank));
    int length = rows == 0 ? 0 : tensor.size() / rows;
    if (tensor.type() == DataType.F32) {
      float[] values = tensor.toFloats();
      for (int row = 0; row < rows; row++) {
        double f = factor.applyAsDouble(row);
        for (int i = row * length; i < (row + 1) * length; i++) {
          values[i] = (float) (values[i] * f);
        }
      }
      return Tensor.of(DataType.F32, tensor.shape(), MemorySegment.ofArray(values));
    }
    Tensor result = Tensor.zeros(tensor.type(), tensor.shape());
    for (int row = 0; row < rows; row++) {
      double f = factor.applyAsDouble(row);
      for (int i = row * length; i < (row + 1) * length; i++) {
        result.setDouble(i, tensor.getDouble(i) * f);
      }
    }
    return result;
  }

  /// Multiplies every element by the factor of its last axis's index.
  static Tensor scaleColumns(Tensor tensor, double[] factors) {
    Tensor result = Tensor.zeros(tensor.type(), tensor.shape());
    for (int i = 0; i < tensor.size(); i++) {
      result.setDouble(i, tensor.getDouble(i) * factors[i % factors.length]);
    }
    return result;
  }

  /// Whether no element is infinite or NaN.
  static boolean isFinite(Tensor tensor) {
    if (tensor.type() != DataType.F32) {
      return Double.isFinite(tensor.magnitude());
    }
    boolean finite = true;
    for (float value : tensor.toFloats()) {
      finite &= Float.isFinite(value);
    }
    return finite;
  }
}
