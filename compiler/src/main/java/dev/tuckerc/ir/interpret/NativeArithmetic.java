package dev.tuckerc.ir.interpret;

import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.openblas.global.openblas;

/// Large matrix products by OpenBLAS, loaded when first needed.
final class NativeArithmetic {
  /// Products with at least this many multiplications are handed over: below it a Java loop takes
  /// less time than copying to native memory.
  private static final long THRESHOLD = 1L << 21;

  private NativeArithmetic() {}

  /// Whether a product of these extents is worth a native call. Depends on nothing else, so that
  /// the same graph always gives the same bits.
  static boolean pays(int m, int n, int k) {
    return m > 1 && n > 1 && (long) m * n * k >= THRESHOLD;
  }

  /// OpenBLAS splits sums by its thread count, so one thread is what makes results repeatable; for
  /// a CNN's matrices it is also several times faster on a busy machine. Images are the parallel
  /// axis instead.
  private static void useOneThread() {
    if (openblas.blas_get_num_threads() != 1) {
      openblas.blas_set_num_threads(1);
    }
  }

  static void multiply(
      int m, int n, int k, double[] a, int atA, double[] b, int atB, double[] c, int atC) {
    try (DoublePointer pa = new DoublePointer((long) m * k);
        DoublePointer pb = new DoublePointer((long) k * n);
        DoublePointer pc = new DoublePointer((long) m * n)) {
      useOneThread();
      pa.put(a, atA, m * k);
      pb.put(b, atB, k * n);
      pc.put(c, atC, m * n);
      openblas.cblas_dgemm(
          openblas.CblasRowMajor,
          openblas.CblasNoTrans,
          openblas.CblasNoTrans,
          m,
          n,
          k,
          1,
          pa,
          k,
          pb,
          n,
          1,
          pc,
          n);
      pc.get(c, atC, m * n);
    }
  }

  static void multiply(
      int m, int n, int k, float[] a, int atA, float[] b, int atB, float[] c, int atC) {
    try (FloatPointer pa = new FloatPointer((long) m * k);
        FloatPointer pb = new FloatPointer((long) k * n);
        FloatPointer pc = new FloatPointer((long) m * n)) {
      useOneThread();
      pa.put(a, atA, m * k);
      pb.put(b, atB, k * n);
      pc.put(c, atC, m * n);
      openblas.cblas_sgemm(
          openblas.CblasRowMajor,
          openblas.CblasNoTrans,
          openblas.CblasNoTrans,
          m,
          n,
          k,
          1,
          pa,
          k,
          pb,
          n,
          1,
          pc,
          n);
      pc.get(c, atC, m * n);
    }
  }
}
