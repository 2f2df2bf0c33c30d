package dev.tuckerc.transform.calibrate;

import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;

/// Numbers of a fit in the type of a layer's weight.
final class FittedNumbers {
  private FittedNumbers() {}

  /// The numbers, rounded.
  ///
  /// @param what they are, such as `bias`
  /// @throws LinearAlgebraException when one is beyond the range of the type, or NaN
  static Tensor rounded(List<Long> shape, double[] values, DataType type, String what) {
    Tensor rounded = Tensor.ofDoubles(shape, values).convert(type);
    if (!Double.isFinite(rounded.magnitude())) {
      throw new LinearAlgebraException("its fitted " + what + " does not fit " + type);
    }
    return rounded;
  }

  /// @param values one for each output channel
  /// @throws LinearAlgebraException when one is beyond the range of the type, or NaN
  static Tensor bias(double[] values, DataType type) {
    return rounded(List.of((long) values.length), values, type, "bias");
  }
}
