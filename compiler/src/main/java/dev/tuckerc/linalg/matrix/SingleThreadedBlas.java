package dev.tuckerc.linalg.matrix;

import org.bytedeco.openblas.global.openblas;

/// Holds OpenBLAS to one thread while at least one of these is open.
///
/// OpenBLAS splits sums by its thread count, so a fixed count is what makes results repeatable; one
/// thread is also fastest for the small matrices of a CNN's layers. The former count is restored
/// when the last one closes, because other libraries share it.
public final class SingleThreadedBlas implements AutoCloseable {
  private static final Object LOCK = new Object();
  private static int open;
  private static int formerThreads;

  public SingleThreadedBlas() {
    synchronized (LOCK) {
      if (open++ == 0) {
        formerThreads = openblas.blas_get_num_threads();
        openblas.blas_set_num_threads(1);
      }
    }
  }

  @Override
  public void close() {
    synchronized (LOCK) {
      if (--open == 0 && formerThreads > 0) {
        openblas.blas_set_num_threads(formerThreads);
      }
    }
  }
}
