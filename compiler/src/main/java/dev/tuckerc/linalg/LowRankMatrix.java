package dev.tuckerc.linalg;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// The best approximation of a matrix at a rank: `A[m,n] ~ left[m,r] * right[r,n]` (truncated
/// singular value decomposition, Eckart and Young 1936).
///
/// One factor has orthonormal columns (`left`, when `m <= n`) or rows (`right`, when `m > n`); the
/// other carries the singular values.
///
/// @param relativeError Frobenius norm of what is lost over that of the matrix, 0 for a zero matrix
public record LowRankMatrix(Tensor left, Tensor right, double relativeError) {

  /// Truncates a matrix of a floating-point type.
  ///
  /// @param rank 1 to the lesser extent
  /// @throws LinearAlgebraException when an element is NaN or infinite
  public static LowRankMatrix truncate(Tensor matrix, int rank) {
    if (matrix.rank() != 2 || matrix.size() == 0) {
      throw new IllegalArgumentException("tensor " + matrix.shape() + " is no matrix");
    }
    int rows = matrix.dimension(0);
    int columns = matrix.dimension(1);
    if (rank < 1 || rank > Math.min(rows, columns)) {
      throw new IllegalArgumentException("rank " + rank + " for a matrix " + matrix.shape());
    }
    double scale = TuckerDecomposer.powerOfTwo(matrix);
    try (SingleThreadedBlas _ = new SingleThreadedBlas();
        Arena arena = Arena.ofConfined()) {
      DenseMatrix whole = DenseMatrix.of(arena, rows, matrix, scale);
      double energy = whole.squaredNorm();
      if (!Double.isFinite(energy)) {
        throw new LinearAlgebraException("the matrix holds NaN or infinite elements");
      }
      boolean wide = rows <= columns;
      DenseMatrix flat = wide ? whole : whole.transposed(arena);
      DenseMatrix basis = SymmetricEigen.leading(arena, flat.gram(arena), rank);
      DenseMatrix values = basis.times(arena, flat);
      double lost =
          energy == 0 || rank == Math.min(rows, columns)
              ? 0
              : Math.sqrt(Math.max(0, 1 - values.squaredNorm() / energy));
      return wide
          ? new LowRankMatrix(tensor(basis.transposed(arena), 1), tensor(values, scale), lost)
          : new LowRankMatrix(tensor(values.transposed(arena), scale), tensor(basis, 1), lost);
    }
  }

  private static Tensor tensor(DenseMatrix matrix, double scale) {
    double[] values = matrix.toArray();
    for (int i = 0; i < values.length; i++) {
      values[i] *= scale;
    }
    return Tensor.of(
        DataType.F64,
        List.of((long) matrix.rows(), (long) matrix.columns()),
        MemorySegment.ofArray(values));
  }

  static Tensor transpose(Tensor matrix) {
    int rows = matrix.dimension(0);
    int columns = matrix.dimension(1);
    try (Arena arena = Arena.ofConfined()) {
      DenseMatrix source = DenseMatrix.of(arena, rows, columns, matrix.toDoubles());
      return Tensor.ofDoubles(
              List.of((long) columns, (long) rows), source.transposed(arena).toArray())
          .convert(matrix.type());
    }
  }
}
