package dev.tuckerc.linalg.fit;

import dev.tuckerc.linalg.matrix.DenseMatrix;
import java.lang.foreign.Arena;

/// Sums over samples of a layer's input `x` and what its output should be, `y`: `sum y`, `sum y
/// x^T` and `sum |y|^2`, in float64; see [InputMoments].
public final class TargetMoments implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final int outputs;
  private final double[] sum;
  private final DenseMatrix products;
  private double squares;
  private long count;

  /// @param outputs numbers of one target
  /// @param width numbers of one sample
  public TargetMoments(int outputs, int width) {
    this.outputs = outputs;
    sum = new double[outputs];
    products = DenseMatrix.zeros(arena, outputs, width);
  }

  /// Adds the targets of a block.
  ///
  /// @param targets `[rows, outputs]`, row by row
  public void add(PatchBlock block, double[] targets) {
    int rows = block.rows();
    try (Arena scratch = Arena.ofConfined()) {
      DenseMatrix y = DenseMatrix.of(scratch, rows, outputs, targets);
      products.add(1, y.transposedTimes(scratch, block.matrix()));
      squares += y.squaredNorm();
    }
    for (int i = 0; i < rows * outputs; i++) {
      sum[i % outputs] += targets[i];
    }
    count += rows;
  }

  /// Adds the sums of other samples.
  public void merge(TargetMoments other) {
    count += other.count;
    squares += other.squares;
    for (int i = 0; i < outputs; i++) {
      sum[i] += other.sum[i];
    }
    products.add(1, other.products);
  }

  /// Mean of each output.
  double[] mean() {
    double[] mean = new double[outputs];
    for (int i = 0; i < outputs; i++) {
      mean[i] = sum[i] / count;
    }
    return mean;
  }

  /// `E |y - mean|^2`.
  double variance() {
    double variance = squares / count;
    for (double mean : mean()) {
      variance -= mean * mean;
    }
    return Math.max(0, variance);
  }

  /// The covariance of outputs and inputs, `[outputs, width]`.
  DenseMatrix covariance(Arena target, double[] inputMean) {
    double[] mean = mean();
    DenseMatrix covariance = DenseMatrix.zeros(target, outputs, inputMean.length);
    for (int o = 0; o < outputs; o++) {
      for (int i = 0; i < inputMean.length; i++) {
        covariance.set(o, i, products.get(o, i) / count - mean[o] * inputMean[i]);
      }
    }
    return covariance;
  }

  @Override
  public void close() {
    arena.close();
  }
}
