package dev.tuckerc.linalg;

import static org.bytedeco.openblas.global.openblas.LAPACK_COL_MAJOR;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.bytedeco.openblas.global.openblas;

/// Eigenvalues and eigenvectors of Gram matrices of one size (LAPACK `dsyevd`), with reused memory.
///
/// The sign of each vector is fixed: its component of largest magnitude, the first of several, is
/// positive.
final class EigenSolver {
  private final int size;
  private final DenseMatrix gram;
  private final DenseMatrix ascending;
  private final DenseMatrix vectors;
  private final double[] values;

  EigenSolver(Arena arena, int size) {
    this.size = size;
    gram = DenseMatrix.zeros(arena, size, size);
    ascending = DenseMatrix.zeros(arena, 1, size);
    vectors = DenseMatrix.zeros(arena, size, size);
    values = new double[size];
  }

  /// Solves for `matrix * transpose(matrix)`; [#values] and [#vectors] then hold the result.
  ///
  /// @throws LinearAlgebraException when LAPACK fails
  EigenSolver solve(DenseMatrix matrix) {
    matrix.gram(gram);
    // The upper triangle of a row-major matrix is the lower one of the same bytes by columns, and
    // the column eigenvectors that LAPACK returns are rows of the row-major matrix.
    int info =
        openblas.LAPACKE_dsyevd(
            LAPACK_COL_MAJOR,
            (byte) 'V',
            (byte) 'L',
            size,
            gram.buffer(),
            size,
            ascending.buffer());
    if (info != 0) {
      throw new LinearAlgebraException(
          "the eigenvalues of a "
              + size
              + "x"
              + size
              + " matrix were not found (dsyevd returned "
              + info
              + "): its elements are out of range");
    }
    long rowBytes = (long) size * Double.BYTES;
    for (int i = 0; i < size; i++) {
      int source = size - 1 - i;
      values[i] = Math.max(0, ascending.get(0, source));
      MemorySegment.copy(gram.data(), source * rowBytes, vectors.data(), i * rowBytes, rowBytes);
      fixSign(i);
    }
    return this;
  }

  /// Eigenvalues of the last solution, descending; rounding below zero is clamped to zero.
  double[] values() {
    return values;
  }

  /// One unit eigenvector per row, in the order of the values; overwritten by the next solution.
  DenseMatrix vectors() {
    return vectors;
  }

  private void fixSign(int row) {
    double largest = 0;
    for (int column = 0; column < size; column++) {
      double component = vectors.get(row, column);
      if (Math.abs(component) > Math.abs(largest)) {
        largest = component;
      }
    }
    if (largest < 0) {
      for (int column = 0; column < size; column++) {
        vectors.set(row, column, -vectors.get(row, column));
      }
    }
  }
}
