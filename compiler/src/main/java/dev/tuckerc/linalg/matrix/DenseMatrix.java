package dev.tuckerc.linalg.matrix;

import static org.bytedeco.openblas.global.openblas.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas.CblasTrans;
import static org.bytedeco.openblas.global.openblas.CblasUpper;

import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.util.stream.IntStream;
import org.bytedeco.openblas.global.openblas;

/// A row-major matrix of doubles outside the Java heap, where BLAS works on it without copies.
///
/// It lives as long as the arena it was made in.
public final class DenseMatrix {
  /// Cache-line alignment, so that BLAS kernels never see two alignments of the same data.
  private static final long ALIGNMENT = 64;

  /// Elements of a tensor that are converted at a time.
  private static final int BLOCK = 1 << 14;

  /// Rows of a Gram matrix that are one task of several threads. The split depends on the size
  /// alone, so that results do not depend on the threads.
  private static final int GRAM_ROWS = 512;

  private final MemorySegment data;
  private final int rows;
  private final int columns;

  private DenseMatrix(MemorySegment data, int rows, int columns) {
    this.data = data;
    this.rows = rows;
    this.columns = columns;
  }

  public static DenseMatrix zeros(Arena arena, int rows, int columns) {
    long bytes = Math.multiplyExact(Math.multiplyExact((long) rows, columns), Double.BYTES);
    return new DenseMatrix(arena.allocate(Math.max(bytes, 1), ALIGNMENT), rows, columns);
  }

  public static DenseMatrix of(Arena arena, int rows, int columns, double[] values) {
    DenseMatrix matrix = zeros(arena, rows, columns);
    MemorySegment.copy(values, 0, matrix.data, ValueLayout.JAVA_DOUBLE, 0, values.length);
    return matrix;
  }

  /// The elements of a tensor, each divided by a number, as a matrix.
  public static DenseMatrix of(Arena arena, int rows, Tensor tensor, double divisor) {
    DenseMatrix matrix = zeros(arena, rows, tensor.size() / rows);
    matrix.read(tensor, 0, divisor);
    return matrix;
  }

  /// Takes over as many elements of a tensor as there is room for, from an index on, each divided
  /// by a number.
  public void read(Tensor tensor, int first, double divisor) {
    double[] block = new double[Math.min(rows * columns, BLOCK)];
    for (int at = 0, count; at < rows * columns; at += count) {
      count = Math.min(tensor.read(first + at, block), rows * columns - at);
      for (int i = 0; i < count; i++) {
        block[i] /= divisor;
      }
      MemorySegment.copy(block, 0, data, ValueLayout.JAVA_DOUBLE, (long) at * Double.BYTES, count);
    }
  }

  public static DenseMatrix identity(Arena arena, int size) {
    DenseMatrix matrix = zeros(arena, size, size);
    for (int i = 0; i < size; i++) {
      matrix.set(i, i, 1);
    }
    return matrix;
  }

  public DenseMatrix copy(Arena arena) {
    DenseMatrix matrix = zeros(arena, rows, columns);
    matrix.data.copyFrom(data);
    return matrix;
  }

  /// Takes over the elements of a matrix of the same size.
  public void replaceBy(DenseMatrix other) {
    data.copyFrom(other.data);
  }

  public int rows() {
    return rows;
  }

  public int columns() {
    return columns;
  }

  public double get(int row, int column) {
    return data.getAtIndex(ValueLayout.JAVA_DOUBLE, (long) row * columns + column);
  }

  public void set(int row, int column, double value) {
    data.setAtIndex(ValueLayout.JAVA_DOUBLE, (long) row * columns + column, value);
  }

  public void setRow(int row, double[] values) {
    MemorySegment.copy(
        values, 0, data, ValueLayout.JAVA_DOUBLE, (long) row * columns * Double.BYTES, columns);
  }

  public MemorySegment data() {
    return data;
  }

  public double[] toArray() {
    return data.asSlice(0, (long) rows * columns * Double.BYTES).toArray(ValueLayout.JAVA_DOUBLE);
  }

  /// Copies all elements into an array, from an index on.
  public void copyTo(double[] values, int first) {
    MemorySegment.copy(data, ValueLayout.JAVA_DOUBLE, 0, values, first, rows * columns);
  }

  public DoubleBuffer buffer() {
    return data.asByteBuffer().order(ByteOrder.nativeOrder()).asDoubleBuffer();
  }

  /// The same elements in rows of another length; storage is shared.
  public DenseMatrix reshaped(int newRows, int newColumns) {
    return new DenseMatrix(data, newRows, newColumns);
  }

  /// The first `count` rows; storage is shared.
  public DenseMatrix head(int count) {
    return new DenseMatrix(data.asSlice(0, (long) count * columns * Double.BYTES), count, columns);
  }

  /// Some rows; storage is shared.
  public DenseMatrix block(int first, int count) {
    long bytes = (long) columns * Double.BYTES;
    return new DenseMatrix(data.asSlice(first * bytes, count * bytes), count, columns);
  }

  /// `this * right`, stored in `product`.
  public DenseMatrix times(DenseMatrix right, DenseMatrix product) {
    return multiply(CblasNoTrans, right, CblasNoTrans, product);
  }

  /// `this * transpose(right)`.
  public DenseMatrix timesTransposed(Arena arena, DenseMatrix right) {
    return timesTransposed(right, zeros(arena, rows, right.rows));
  }

  /// `this * transpose(right)`, stored in `product`.
  public DenseMatrix timesTransposed(DenseMatrix right, DenseMatrix product) {
    return multiply(CblasNoTrans, right, CblasTrans, product);
  }

  /// `transpose(this) * right`.
  public DenseMatrix transposedTimes(Arena arena, DenseMatrix right) {
    return transposedTimes(right, zeros(arena, columns, right.columns));
  }

  /// `transpose(this) * right`, stored in `product`.
  public DenseMatrix transposedTimes(DenseMatrix right, DenseMatrix product) {
    return multiply(CblasTrans, right, CblasNoTrans, product);
  }

  private DenseMatrix multiply(int left, DenseMatrix other, int right, DenseMatrix product) {
    openblas.cblas_dgemm(
        CblasRowMajor,
        left,
        right,
        product.rows,
        product.columns,
        left == CblasTrans ? rows : columns,
        1,
        buffer(),
        columns,
        other.buffer(),
        other.columns,
        0,
        product.buffer(),
        product.columns);
    return product;
  }

  /// `this * right`.
  public DenseMatrix times(Arena arena, DenseMatrix right) {
    return times(right, zeros(arena, rows, right.columns));
  }

  /// The transpose.
  public DenseMatrix transposed(Arena arena) {
    // Plain arrays: the JVM walks through them several times faster than through a segment.
    double[] values = toArray();
    double[] turned = new double[values.length];
    for (int row = 0, from = 0; row < rows; row++) {
      for (int to = row; to < turned.length; to += rows) {
        turned[to] = values[from++];
      }
    }
    return of(arena, columns, rows, turned);
  }

  /// Sum of the products of equal elements of two matrices of one size.
  public double dot(DenseMatrix other) {
    return openblas.cblas_ddot(Math.multiplyExact(rows, columns), buffer(), 1, other.buffer(), 1);
  }

  /// Sum of the diagonal.
  public double trace() {
    double sum = 0;
    for (int i = 0; i < rows; i++) {
      sum += get(i, i);
    }
    return sum;
  }

  /// Adds `factor * other`.
  public void add(double factor, DenseMatrix other) {
    openblas.cblas_daxpy(rows * columns, factor, other.buffer(), 1, buffer(), 1);
  }

  /// `this * transpose(this)`, of which the upper triangle is stored.
  public DenseMatrix gram(Arena arena) {
    DenseMatrix gram = zeros(arena, rows, rows);
    addGram(gram);
    return gram;
  }

  /// Adds `this * transpose(this)` to the upper triangle of a matrix. Blocks of rows of a large one
  /// are computed in parallel.
  public void addGram(DenseMatrix gram) {
    addGram(gram, CblasNoTrans, columns, columns);
  }

  /// Adds `transpose(this) * this` to the upper triangle of a matrix, in the same way.
  public void addTransposedGram(DenseMatrix gram) {
    addGram(gram, CblasTrans, rows, 1);
  }

  /// @param length of the vectors whose products these are
  /// @param stride from one vector to the next
  private void addGram(DenseMatrix gram, int vectors, int length, int stride) {
    IntStream.rangeClosed(0, (gram.rows - 1) / GRAM_ROWS)
        .parallel()
        .map(block -> block * GRAM_ROWS)
        .forEach(first -> addGramRows(gram, vectors, length, stride, first));
  }

  /// Rows of the upper triangle: a triangle on the diagonal, and all that is right of it.
  private void addGramRows(DenseMatrix gram, int vectors, int length, int stride, int first) {
    int size = gram.rows;
    int count = Math.min(GRAM_ROWS, size - first);
    openblas.cblas_dsyrk(
        CblasRowMajor,
        CblasUpper,
        vectors,
        count,
        length,
        1,
        buffer().position(first * stride),
        columns,
        1,
        gram.buffer().position(first * size + first),
        size);
    int next = first + count;
    if (next < size) {
      openblas.cblas_dgemm(
          CblasRowMajor,
          vectors,
          vectors == CblasTrans ? CblasNoTrans : CblasTrans,
          count,
          size - next,
          length,
          1,
          buffer().position(first * stride),
          columns,
          buffer().position(next * stride),
          columns,
          1,
          gram.buffer().position(first * size + next),
          size);
    }
  }

  /// Sum of the squares of all elements.
  public double squaredNorm() {
    return dot(this);
  }

  /// Reads this matrix as a row-major tensor `[first, second, block]` and swaps its first two axes.
  ///
  /// @param swapped takes `[second, first, block]` as a matrix of `second` rows
  public DenseMatrix swapLeading(int first, int second, int block, DenseMatrix swapped) {
    for (int i = 0; i < first; i++) {
      for (int j = 0; j < second; j++) {
        long from = ((long) i * second + j) * block;
        long to = ((long) j * first + i) * block;
        // Blocks are as long as a kernel has taps: too short for a bulk copy to pay.
        for (int k = 0; k < block; k++) {
          double value = data.getAtIndex(ValueLayout.JAVA_DOUBLE, from + k);
          swapped.data.setAtIndex(ValueLayout.JAVA_DOUBLE, to + k, value);
        }
      }
    }
    return swapped;
  }
}
