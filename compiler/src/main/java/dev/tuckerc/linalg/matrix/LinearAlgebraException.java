package dev.tuckerc.linalg.matrix;

/// A decomposition is impossible: the input holds NaN or infinity, or LAPACK did not converge.
public final class LinearAlgebraException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public LinearAlgebraException(String message) {
    super(message);
  }
}
