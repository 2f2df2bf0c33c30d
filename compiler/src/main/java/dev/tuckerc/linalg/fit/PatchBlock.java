package dev.tuckerc.linalg.fit;

import dev.tuckerc.linalg.matrix.DenseMatrix;
import dev.tuckerc.linalg.matrix.SingleThreadedBlas;
import java.lang.foreign.Arena;

/// Some samples of a layer's input outside the Java heap: one row for each, `[rows, taps * inputs]`
/// with the tap outer and the channel inner.
public final class PatchBlock implements AutoCloseable {
  private final Arena arena = Arena.ofConfined();
  private final SingleThreadedBlas blas = new SingleThreadedBlas();
  private final DenseMatrix matrix;

  /// @param patches at least `rows * width` numbers, row by row
  public PatchBlock(float[] patches, int rows, int width) {
    double[] wide = new double[rows * width];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = patches[i];
    }
    matrix = DenseMatrix.of(arena, rows, width, wide);
  }

  public int rows() {
    return matrix.rows();
  }

  DenseMatrix matrix() {
    return matrix;
  }

  @Override
  public void close() {
    blas.close();
    arena.close();
  }
}
