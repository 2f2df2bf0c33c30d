package dev.tuckerc.linalg;

import static org.bytedeco.openblas.global.openblas.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas.CblasUpper;
import static org.bytedeco.openblas.global.openblas.LAPACK_COL_MAJOR;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.bytedeco.openblas.global.openblas;

/// A row-major float32 matrix outside the Java heap, for the sweeps that only steer an iteration:
/// they cost half of what they do in float64.
final class SingleMatrix {
  private final MemorySegment data;
  private final int rows;
  private final int columns;

  private SingleMatrix(MemorySegment data, int rows, int columns) {
    this.data = data;
    this.rows = rows;
    this.columns = columns;
  }

  static SingleMatrix zeros(Arena arena, int rows, int columns) {
    long bytes = (long) rows * columns * Float.BYTES;
    return new SingleMatrix(arena.allocate(bytes, 64), rows, columns);
  }

  /// The elements of `matrix` times `scale`, rounded.
  static SingleMatrix of(Arena arena, DenseMatrix matrix, double scale) {
    SingleMatrix single = zeros(arena, matrix.rows(), matrix.columns());
    long count = (long) matrix.rows() * matrix.columns();
    for (long i = 0; i < count; i++) {
      double value = matrix.data().getAtIndex(ValueLayout.JAVA_DOUBLE, i);
      single.data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (value * scale));
    }
    return single;
  }

  /// The same elements in float64.
  DenseMatrix widened(Arena arena) {
    DenseMatrix wide = DenseMatrix.zeros(arena, rows, columns);
    long count = (long) rows * columns;
    for (long i = 0; i < count; i++) {
      float value = data.getAtIndex(ValueLayout.JAVA_FLOAT, i);
      wide.data().setAtIndex(ValueLayout.JAVA_DOUBLE, i, value);
    }
    return wide;
  }

  /// `this * right`, stored in `product`.
  SingleMatrix times(SingleMatrix right, SingleMatrix product) {
    openblas.cblas_sgemm(
        CblasRowMajor,
        CblasNoTrans,
        CblasNoTrans,
        rows,
        right.columns,
        columns,
        1,
        buffer(),
        columns,
        right.buffer(),
        right.columns,
        0,
        product.buffer(),
        right.columns);
    return product;
  }

  /// See [DenseMatrix#swapLeading].
  SingleMatrix swapLeading(int first, int second, int block, SingleMatrix swapped) {
    long bytes = (long) block * Float.BYTES;
    for (int i = 0; i < first; i++) {
      for (int j = 0; j < second; j++) {
        long from = ((long) i * second + j) * bytes;
        long to = ((long) j * first + i) * bytes;
        MemorySegment.copy(data, from, swapped.data, to, bytes);
      }
    }
    return swapped;
  }

  /// Eigenvalues and eigenvectors of `this * transpose(this)`, ascending.
  ///
  /// @param values `[1, rows]`, takes the eigenvalues
  /// @param vectors `[rows, rows]`, takes one eigenvector per row
  /// @throws LinearAlgebraException when LAPACK fails
  void eigen(SingleMatrix values, SingleMatrix vectors) {
    openblas.cblas_ssyrk(
        CblasRowMajor,
        CblasUpper,
        CblasNoTrans,
        rows,
        columns,
        1,
        buffer(),
        columns,
        0,
        vectors.buffer(),
        rows);
    int info =
        openblas.LAPACKE_ssyevd(
            LAPACK_COL_MAJOR,
            (byte) 'V',
            (byte) 'L',
            rows,
            vectors.buffer(),
            rows,
            values.buffer());
    if (info != 0) {
      throw new LinearAlgebraException(
          "the eigenvalues of a "
              + rows
              + "x"
              + rows
              + " matrix were not found (ssyevd returned "
              + info
              + "): its elements are out of range");
    }
  }

  /// The last `count` rows; storage is shared.
  SingleMatrix tail(int count) {
    long offset = (long) (rows - count) * columns * Float.BYTES;
    return new SingleMatrix(data.asSlice(offset), count, columns);
  }

  /// Sum of the last `count` elements of the only row.
  double sumOfLast(int count) {
    double sum = 0;
    for (int i = columns - count; i < columns; i++) {
      sum += data.getAtIndex(ValueLayout.JAVA_FLOAT, i);
    }
    return sum;
  }

  private FloatBuffer buffer() {
    return data.asByteBuffer().order(ByteOrder.nativeOrder()).asFloatBuffer();
  }
}
