package dev.tuckerc.linalg.matrix;

import static org.bytedeco.openblas.global.openblas.CblasRight;
import static org.bytedeco.openblas.global.openblas.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas.CblasUpper;
import static org.bytedeco.openblas.global.openblas.LAPACK_COL_MAJOR;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.DoubleBuffer;
import java.nio.IntBuffer;
import org.bytedeco.openblas.global.openblas;

/// Leading eigenvectors of symmetric matrices whose upper triangle is stored, as a rule Gram
/// matrices.
///
/// The sign of each vector is fixed: its component of largest magnitude, the first of several, is
/// positive.
public final class SymmetricEigen {
  /// From this size on a matrix is faster brought to tridiagonal form by way of a band, which is
  /// products of matrices, than directly, which is half products with vectors (Haidar et al., SC
  /// 2011): 0.6 of the time at 2,048, but 1.5 times it at 128.
  private static final int TWO_STAGES_FROM = 1024;

  /// The upper triangle of a row-major matrix is the lower one of the same bytes by columns.
  private static final byte LOWER = 'L';

  private SymmetricEigen() {}

  /// All eigenvalues, descending; those that rounding made negative are 0.
  ///
  /// @param symmetric destroyed: a copy of a large one would be most of what is held
  /// @throws LinearAlgebraException when LAPACK fails
  public static double[] values(DenseMatrix symmetric) {
    int size = symmetric.rows();
    try (Arena arena = Arena.ofConfined()) {
      DoubleBuffer ascending = DenseMatrix.zeros(arena, 1, size).buffer();
      if (size < TWO_STAGES_FROM) {
        DoubleBuffer none = DenseMatrix.zeros(arena, 1, 1).buffer();
        solve(symmetric, 'N', 1, ascending, none);
      } else {
        check(
            size,
            openblas.LAPACKE_dsyev_2stage(
                LAPACK_COL_MAJOR, (byte) 'N', LOWER, size, symmetric.buffer(), size, ascending));
      }
      double[] values = new double[size];
      for (int i = 0; i < size; i++) {
        values[i] = Math.max(0, ascending.get(size - 1 - i));
      }
      return values;
    }
  }

  /// The eigenvectors of the `count` largest eigenvalues, one per row, largest first (LAPACK
  /// `dsyevr`, which computes no other).
  ///
  /// @throws LinearAlgebraException when LAPACK fails
  public static DenseMatrix leading(Arena arena, DenseMatrix symmetric, int count) {
    int size = symmetric.rows();
    DenseMatrix vectors = DenseMatrix.zeros(arena, count, size);
    try (Arena scratch = Arena.ofConfined()) {
      DenseMatrix ascending = DenseMatrix.zeros(scratch, count, size);
      DoubleBuffer values = DenseMatrix.zeros(scratch, 1, size).buffer();
      // Column eigenvectors by columns are the rows of a row-major matrix.
      solve(symmetric.copy(scratch), 'V', size - count + 1, values, ascending.buffer());
      long bytes = (long) size * Double.BYTES;
      for (int i = 0; i < count; i++) {
        long from = (count - 1 - i) * bytes;
        MemorySegment.copy(ascending.data(), from, vectors.data(), i * bytes, bytes);
        fixSign(vectors, i);
      }
    }
    return vectors;
  }

  /// Turns orthonormal rows towards the leading eigenvectors by steps of orthogonal iteration;
  /// their share of the trace never falls when the matrix is positive semidefinite.
  ///
  /// @param rows orthonormal ones that the new ones take the place of
  public static void improve(DenseMatrix symmetric, DenseMatrix rows, int steps) {
    for (int step = 0; step < steps; step++) {
      try (Arena scratch = Arena.ofConfined()) {
        rows.replaceBy(orthonormalize(timesSymmetric(scratch, rows, symmetric)));
      }
    }
  }

  /// `rows * symmetric`.
  public static DenseMatrix timesSymmetric(Arena arena, DenseMatrix rows, DenseMatrix symmetric) {
    DenseMatrix product = DenseMatrix.zeros(arena, rows.rows(), rows.columns());
    openblas.cblas_dsymm(
        CblasRowMajor,
        CblasRight,
        CblasUpper,
        rows.rows(),
        rows.columns(),
        1,
        symmetric.buffer(),
        symmetric.columns(),
        rows.buffer(),
        rows.columns(),
        0,
        product.buffer(),
        rows.columns());
    return product;
  }

  /// Replaces rows, at most as many as columns, by an orthonormal basis that spans them
  /// (Householder QR, so that dependent rows do no harm).
  public static DenseMatrix orthonormalize(DenseMatrix rows) {
    int count = rows.rows();
    int length = rows.columns();
    DoubleBuffer scales = DoubleBuffer.allocate(count);
    int info =
        openblas.LAPACKE_dgeqrf(LAPACK_COL_MAJOR, length, count, rows.buffer(), length, scales);
    if (info == 0) {
      info =
          openblas.LAPACKE_dorgqr(
              LAPACK_COL_MAJOR, length, count, count, rows.buffer(), length, scales);
    }
    if (info != 0) {
      throw new LinearAlgebraException(
          "a basis of " + count + " vectors was not found: their elements are out of range");
    }
    return rows;
  }

  private static void solve(
      DenseMatrix destroyed, char job, int first, DoubleBuffer values, DoubleBuffer vectors) {
    int size = destroyed.rows();
    check(
        size,
        openblas.LAPACKE_dsyevr(
            LAPACK_COL_MAJOR,
            (byte) job,
            (byte) (job == 'N' || first == 1 ? 'A' : 'I'),
            LOWER,
            size,
            destroyed.buffer(),
            size,
            0,
            0,
            first,
            size,
            0,
            IntBuffer.allocate(1),
            values,
            vectors,
            size,
            IntBuffer.allocate(2 * size)));
  }

  private static void check(int size, int info) {
    if (info != 0) {
      throw new LinearAlgebraException(
          "the eigenvalues of a "
              + size
              + "x"
              + size
              + " matrix were not found (LAPACK returned "
              + info
              + "): its elements are out of range");
    }
  }

  private static void fixSign(DenseMatrix vectors, int row) {
    double largest = 0;
    for (int column = 0; column < vectors.columns(); column++) {
      double component = vectors.get(row, column);
      if (Math.abs(component) > Math.abs(largest)) {
        largest = component;
      }
    }
    if (largest < 0) {
      for (int column = 0; column < vectors.columns(); column++) {
        vectors.set(row, column, -vectors.get(row, column));
      }
    }
  }
}
