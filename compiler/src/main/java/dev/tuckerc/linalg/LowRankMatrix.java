package dev.tuckerc.linalg;

import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.Arena;
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
    // A matrix is a weight with one tap: at full rank of the wider mode the Tucker decomposition
    // is the singular value decomposition.
    boolean wide = rows <= columns;
    try (TuckerDecomposer decomposer = new TuckerDecomposer(matrix)) {
      Tucker2 tucker =
          wide ? decomposer.decompose(rank, columns) : decomposer.decompose(rows, rank);
      Tensor left = wide ? tucker.outputFactor() : tucker.core();
      Tensor right = wide ? tucker.core() : transpose(tucker.inputFactor());
      return new LowRankMatrix(left, right, tucker.relativeError());
    }
  }

  static Tensor transpose(Tensor matrix) {
    int rows = matrix.dimension(0);
    int columns = matrix.dimension(1);
    try (Arena arena = Arena.ofConfined()) {
      DenseMatrix source = DenseMatrix.of(arena, rows, columns, matrix.toDoubles());
      DenseMatrix target = DenseMatrix.zeros(arena, columns, rows);
      source.swapLeading(rows, columns, 1, target);
      return Tensor.ofDoubles(List.of((long) columns, (long) rows), target.toArray())
          .convert(matrix.type());
    }
  }
}
