package dev.tuckerc.linalg.matrix;

import static org.bytedeco.openblas.global.openblas.LAPACK_COL_MAJOR;

import java.lang.foreign.Arena;
import org.bytedeco.openblas.global.openblas;

/// The Cholesky factor of a symmetric positive definite matrix.
public final class PositiveDefinite {
  private final DenseMatrix factor;

  /// @throws LinearAlgebraException when the matrix is not positive definite
  public PositiveDefinite(Arena arena, DenseMatrix symmetric) {
    factor = symmetric.copy(arena);
    int size = factor.rows();
    // The upper triangle of a row-major matrix is the lower one of the same bytes by columns.
    int info = openblas.LAPACKE_dpotrf(LAPACK_COL_MAJOR, (byte) 'L', size, factor.buffer(), size);
    if (info != 0) {
      throw new LinearAlgebraException(
          "a covariance of "
              + size
              + " numbers is not positive definite (dpotrf returned "
              + info
              + ")");
    }
  }

  /// Replaces `rows` by `rows * inverse`.
  public DenseMatrix solve(DenseMatrix rows) {
    int size = factor.rows();
    int info =
        openblas.LAPACKE_dpotrs(
            LAPACK_COL_MAJOR,
            (byte) 'L',
            size,
            rows.rows(),
            factor.buffer(),
            size,
            rows.buffer(),
            size);
    if (info != 0) {
      throw new LinearAlgebraException("a covariance cannot be solved for (dpotrs: " + info + ")");
    }
    return rows;
  }
}
