package dev.tuckerc.transform.canonicalize;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;

/// Arithmetic on weights.
final class Tensors {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Tensors() {}

  /// Multiplies every row by a factor; products are computed in double precision and rounded once.
  ///
  /// @param rowRank number of leading axes that number the rows
  /// @param factor of a row, by its row-major index over the leading axes
  /// @return empty where a product is infinite or NaN
  static Optional<Tensor> scaleRows(Tensor tensor, int rowRank, IntToDoubleFunction factor) {
    int rows = Tensor.elementCount(tensor.shape().subList(0, rowRank));
    int length = rows == 0 ? 0 : tensor.size() / rows;
    if (tensor.type() == DataType.F32) {
      float[] values = new float[tensor.size()];
      boolean finite = true;
      for (int row = 0; row < rows; row++) {
        int from = row * length;
        MemorySegment.copy(tensor.data(), FLOAT, from * 4L, values, from, length);
        finite &= scale(values, from, length, factor.applyAsDouble(row));
      }
      Tensor scaled = Tensor.of(DataType.F32, tensor.shape(), MemorySegment.ofArray(values));
      return finite ? Optional.of(scaled) : Optional.empty();
    }
    Tensor result = Tensor.zeros(tensor.type(), tensor.shape());
    for (int row = 0; row < rows; row++) {
      double f = factor.applyAsDouble(row);
      for (int i = row * length; i < (row + 1) * length; i++) {
        result.setDouble(i, tensor.getDouble(i) * f);
      }
    }
    return Optional.of(result).filter(Tensors::isFinite);
  }

  /// @return whether all products are finite
  private static boolean scale(float[] values, int from, int count, double factor) {
    boolean finite = true;
    for (int i = from; i < from + count; i++) {
      values[i] = (float) (values[i] * factor);
      finite &= Float.isFinite(values[i]);
    }
    return finite;
  }

  /// Multiplies every element by the factor of its last axis's index.
  ///
  /// @return empty where a product is infinite or NaN
  static Optional<Tensor> scaleColumns(Tensor tensor, double[] factors) {
    Tensor result = Tensor.zeros(tensor.type(), tensor.shape());
    for (int i = 0; i < tensor.size(); i++) {
      result.setDouble(i, tensor.getDouble(i) * factors[i % factors.length]);
    }
    return Optional.of(result).filter(Tensors::isFinite);
  }

  /// Whether no element is infinite or NaN.
  static boolean isFinite(Tensor tensor) {
    return Double.isFinite(tensor.magnitude());
  }
}
