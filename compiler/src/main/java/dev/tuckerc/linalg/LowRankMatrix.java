package dev.tuckerc.linalg;

import dev.tuckerc.linalg.matrix.DenseMatrix;
import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.linalg.matrix.SingleThreadedBlas;
import dev.tuckerc.linalg.matrix.SymmetricEigen;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.ObjIntConsumer;

/// The best approximation of a matrix at a rank: `A[m,n] ~ left[m,r] * right[r,n]` (truncated
/// singular value decomposition, Eckart and Young 1936).
///
/// One factor has orthonormal columns (`left`, when `m <= n`) or rows (`right`, when `m > n`); the
/// other carries the singular values.
///
/// @param relativeError Frobenius norm of what is lost over that of the matrix, 0 for a zero matrix
public record LowRankMatrix(Tensor left, Tensor right, double relativeError) {

  /// Elements of the matrix that are looked at together: 32 MiB.
  private static final int BLOCK = 1 << 22;

  /// Truncates a matrix of a floating-point type. Beside the factors only the Gram matrix of its
  /// shorter side is held.
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
      boolean wide = rows <= columns;
      int shorter = Math.min(rows, columns);
      DenseMatrix gram = DenseMatrix.zeros(arena, shorter, shorter);
      forEachBlock(
          matrix,
          scale,
          (block, _) -> {
            if (wide) {
              block.addGram(gram);
            } else {
              block.addTransposedGram(gram);
            }
          });
      double energy = gram.trace();
      if (!Double.isFinite(energy)) {
        throw new LinearAlgebraException("the matrix holds NaN or infinite elements");
      }
      DenseMatrix basis = SymmetricEigen.leading(arena, gram, rank);
      double[] values = new double[Math.multiplyExact(rank, Math.max(rows, columns))];
      forEachBlock(
          matrix,
          scale,
          (block, first) -> {
            try (Arena scratch = Arena.ofConfined()) {
              if (wide) {
                DenseMatrix product = basis.times(scratch, block);
                for (int row = 0; row < rank; row++) {
                  product.block(row, 1).copyTo(values, row * columns + first);
                }
              } else {
                block.timesTransposed(scratch, basis).copyTo(values, first * rank);
              }
            }
          });
      double kept = 0;
      for (int i = 0; i < values.length; i++) {
        kept += values[i] * values[i];
        values[i] *= scale;
      }
      double lost = energy == 0 || rank == shorter ? 0 : Math.sqrt(Math.max(0, 1 - kept / energy));
      Tensor left = wide ? tensor(basis.transposed(arena)) : tensor(rows, rank, values);
      Tensor right = wide ? tensor(rank, columns, values) : tensor(basis);
      return new LowRankMatrix(left, right, lost);
    }
  }

  /// Hands over the divided matrix: a wide one some columns, a tall one some rows at a time.
  ///
  /// @param reader takes the block and the number of its first column or row
  private static void forEachBlock(
      Tensor matrix, double scale, ObjIntConsumer<DenseMatrix> reader) {
    int rows = matrix.dimension(0);
    int columns = matrix.dimension(1);
    boolean wide = rows <= columns;
    int longer = Math.max(rows, columns);
    int most = Math.max(1, BLOCK / Math.min(rows, columns));
    for (int first = 0; first < longer; first += most) {
      int count = Math.min(most, longer - first);
      try (Arena scratch = Arena.ofConfined()) {
        DenseMatrix block = DenseMatrix.zeros(scratch, wide ? rows : count, wide ? count : columns);
        if (wide) {
          for (int row = 0; row < rows; row++) {
            block.block(row, 1).read(matrix, row * columns + first, scale);
          }
        } else {
          block.read(matrix, first * columns, scale);
        }
        reader.accept(block, first);
      }
    }
  }

  private static Tensor tensor(DenseMatrix matrix) {
    return tensor(matrix.rows(), matrix.columns(), matrix.toArray());
  }

  private static Tensor tensor(int rows, int columns, double[] values) {
    return Tensor.of(
        DataType.F64, List.of((long) rows, (long) columns), MemorySegment.ofArray(values));
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
