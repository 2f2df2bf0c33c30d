package dev.tuckerc.linalg;

import dev.tuckerc.linalg.matrix.DenseMatrix;
import dev.tuckerc.linalg.matrix.SingleThreadedBlas;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/// Products of a convolution weight with a matrix on one of its channel modes, in float64.
public final class ChannelContraction {
  private ChannelContraction() {}

  /// `result[o,i,t] = sum_r factor[o,r] * weight[r,i,t]`: the weight followed by a 1x1 convolution.
  ///
  /// @param weight `[R, I, kernel...]`
  /// @param factor `[O, R]`
  /// @return `[O, I, kernel...]`, of the weight's element type
  public static Tensor overOutputs(Tensor weight, Tensor factor) {
    int outputs = factor.dimension(0);
    int rank = weight.dimension(0);
    int rest = weight.size() / rank;
    try (SingleThreadedBlas _ = new SingleThreadedBlas();
        Arena arena = Arena.ofConfined()) {
      DenseMatrix product = DenseMatrix.zeros(arena, outputs, rest);
      DenseMatrix.of(arena, outputs, rank, factor.toDoubles())
          .times(DenseMatrix.of(arena, rank, rest, weight.toDoubles()), product);
      return tensor(weight, outputs, weight.dimension(1), product);
    }
  }

  /// `result[o,i,t] = sum_r weight[o,r,t] * factor[r,i]`: the weight preceded by a 1x1 convolution.
  ///
  /// @param weight `[O, R, kernel...]`
  /// @param factor `[R, I]`
  /// @return `[O, I, kernel...]`, of the weight's element type
  public static Tensor overInputs(Tensor weight, Tensor factor) {
    int outputs = weight.dimension(0);
    int rank = weight.dimension(1);
    int inputs = factor.dimension(1);
    int taps = weight.size() / (outputs * rank);
    try (SingleThreadedBlas _ = new SingleThreadedBlas();
        Arena arena = Arena.ofConfined()) {
      DenseMatrix byRank = DenseMatrix.zeros(arena, rank, outputs * taps);
      DenseMatrix.of(arena, outputs, rank * taps, weight.toDoubles())
          .swapLeading(outputs, rank, taps, byRank);
      DenseMatrix product =
          DenseMatrix.of(arena, rank, inputs, factor.toDoubles()).transposedTimes(arena, byRank);
      DenseMatrix result = DenseMatrix.zeros(arena, outputs, inputs * taps);
      product.swapLeading(inputs, outputs, taps, result);
      return tensor(weight, outputs, inputs, result);
    }
  }

  private static Tensor tensor(Tensor weight, long outputs, long inputs, DenseMatrix values) {
    List<Long> shape = new ArrayList<>(List.of(outputs, inputs));
    shape.addAll(weight.shape().subList(2, weight.rank()));
    return Tensor.ofDoubles(shape, values.toArray()).convert(weight.type());
  }
}
