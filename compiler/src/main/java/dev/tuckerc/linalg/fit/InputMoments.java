package dev.tuckerc.linalg.fit;

import dev.tuckerc.linalg.matrix.DenseMatrix;
import java.lang.foreign.Arena;

/// Sums over the samples `x` of a layer's input that a fit needs: their number, `sum x` and `sum x
/// x^T`, in float64. Streaming: blocks are added one by one, sums of separate parts are merged.
public final class InputMoments implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final int width;
  private final double[] sum;

  /// Upper triangle.
  private final DenseMatrix products;

  private long count;

  /// @param width numbers of one sample
  public InputMoments(int width) {
    this.width = width;
    sum = new double[width];
    products = DenseMatrix.zeros(arena, width, width);
  }

  /// Adds the samples of a block.
  public void add(PatchBlock block) {
    DenseMatrix x = block.matrix();
    x.addTransposedGram(products);
    for (int row = 0; row < x.rows(); row++) {
      for (int i = 0; i < width; i++) {
        sum[i] += x.get(row, i);
      }
    }
    count += x.rows();
  }

  /// Adds the sums of other samples.
  public void merge(InputMoments other) {
    count += other.count;
    for (int i = 0; i < width; i++) {
      sum[i] += other.sum[i];
    }
    products.add(1, other.products);
  }

  public long count() {
    return count;
  }

  /// Mean of each number.
  double[] mean() {
    double[] mean = new double[width];
    for (int i = 0; i < width; i++) {
      mean[i] = sum[i] / count;
    }
    return mean;
  }

  /// The covariance, both triangles.
  DenseMatrix covariance(Arena target) {
    double[] mean = mean();
    DenseMatrix covariance = DenseMatrix.zeros(target, width, width);
    for (int i = 0; i < width; i++) {
      for (int j = i; j < width; j++) {
        double value = products.get(i, j) / count - mean[i] * mean[j];
        covariance.set(i, j, value);
        covariance.set(j, i, value);
      }
    }
    return covariance;
  }

  @Override
  public void close() {
    arena.close();
  }
}
