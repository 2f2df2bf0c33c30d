package dev.tuckerc.linalg;

import dev.tuckerc.linalg.matrix.DenseMatrix;
import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.linalg.matrix.SingleThreadedBlas;
import dev.tuckerc.linalg.matrix.SymmetricEigen;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.Arena;

/// A tensor `[before, extent, after]` unfolded on its middle axis: the matrix `[extent, before *
/// after]`.
///
/// Its elements are read where they lie, a block at a time: beside the tensor only blocks and the
/// Gram matrix are held.
///
/// @param tensor of a floating-point type, `before * extent * after` elements in any shape
public record Unfolding(Tensor tensor, int before, int extent, int after) {
  /// Elements of a block: 32 MiB. Longer sums of products would hardly be faster.
  private static final int BLOCK = 1 << 22;

  public Unfolding {
    if (tensor.size() == 0 || tensor.size() != (long) before * extent * after) {
      throw new IllegalArgumentException(
          "a tensor " + tensor.shape() + " as [" + before + ", " + extent + ", " + after + "]");
    }
  }

  /// Squared singular values, descending, as many as the extent.
  ///
  /// @throws LinearAlgebraException when an element is NaN or infinite
  public double[] spectrum() {
    double scale = TuckerDecomposer.powerOfTwo(tensor);
    try (SingleThreadedBlas _ = new SingleThreadedBlas();
        Arena arena = Arena.ofConfined()) {
      DenseMatrix gram = gram(arena, scale);
      if (!Double.isFinite(gram.trace())) {
        throw new LinearAlgebraException("the weight holds NaN or infinite elements");
      }
      double[] values = SymmetricEigen.values(gram);
      for (int i = 0; i < values.length; i++) {
        values[i] *= scale * scale;
      }
      return values;
    }
  }

  /// The Gram matrix of the rows, of elements divided by a number: its upper triangle.
  private DenseMatrix gram(Arena arena, double scale) {
    DenseMatrix gram = DenseMatrix.zeros(arena, extent, extent);
    try (Arena scratch = Arena.ofConfined()) {
      if (after == 1) {
        addRows(scratch, gram, scale);
      } else if (before > 1 && (long) extent * after <= BLOCK) {
        addSlices(scratch, gram, scale);
      } else {
        addColumns(scratch, gram, scale);
      }
    }
    return gram;
  }

  /// `[before, extent]` is the transpose.
  private void addRows(Arena scratch, DenseMatrix gram, double scale) {
    int most = Math.clamp(BLOCK / extent, 1, before);
    DenseMatrix rows = DenseMatrix.zeros(scratch, most, extent);
    for (int first = 0; first < before; first += most) {
      DenseMatrix block = rows.head(Math.min(most, before - first));
      block.read(tensor, first * extent, scale);
      block.addTransposedGram(gram);
    }
  }

  /// Several slices `[extent, after]` are brought side by side.
  private void addSlices(Arena scratch, DenseMatrix gram, double scale) {
    int most = Math.clamp(BLOCK / (extent * after), 1, before);
    DenseMatrix slices = DenseMatrix.zeros(scratch, most * extent, after);
    DenseMatrix columns = DenseMatrix.zeros(scratch, extent, most * after);
    for (int first = 0; first < before; first += most) {
      int count = Math.min(most, before - first);
      DenseMatrix block = slices.head(count * extent);
      block.read(tensor, first * extent * after, scale);
      block
          .swapLeading(count, extent, after, columns.reshaped(extent, count * after))
          .addGram(gram);
    }
  }

  /// Of a long slice some columns at a time.
  private void addColumns(Arena scratch, DenseMatrix gram, double scale) {
    int most = Math.clamp(BLOCK / extent, 1, after);
    DenseMatrix columns = DenseMatrix.zeros(scratch, extent, most);
    for (int slice = 0; slice < before; slice++) {
      for (int first = 0; first < after; first += most) {
        DenseMatrix block = columns.reshaped(extent, Math.min(most, after - first));
        for (int row = 0; row < extent; row++) {
          block.block(row, 1).read(tensor, (slice * extent + row) * after + first, scale);
        }
        block.addGram(gram);
      }
    }
  }
}
