package dev.tuckerc.linalg.matrix;

import java.lang.foreign.Arena;

/// Preconditioned conjugate gradients (Hestenes and Stiefel 1952) for a linear map of matrices that
/// is known only by what it does.
public final class ConjugateGradients {
  /// Relative residual at which steps end.
  private static final double RESIDUAL = 1e-7;

  private ConjugateGradients() {}

  /// A symmetric positive definite linear map; what it allocates may live in the arena.
  @FunctionalInterface
  public interface LinearMap {
    DenseMatrix apply(Arena scratch, DenseMatrix x);
  }

  /// Solves `map(x) = right` from a start. No step takes `x` further from the solution in the norm
  /// of the map, so few steps are an improvement, too.
  ///
  /// @param arena of the solution
  /// @param preconditioner near to the inverse of the map
  public static DenseMatrix solve(
      Arena arena,
      DenseMatrix start,
      DenseMatrix right,
      LinearMap map,
      LinearMap preconditioner,
      int mostSteps) {
    DenseMatrix x = start.copy(arena);
    try (Arena scratch = Arena.ofConfined()) {
      DenseMatrix residual = right.copy(scratch);
      residual.add(-1, map.apply(scratch, x));
      double stop = RESIDUAL * RESIDUAL * right.squaredNorm();
      DenseMatrix direction = preconditioner.apply(scratch, residual).copy(scratch);
      double former = residual.dot(direction);
      for (int step = 0; step < mostSteps && residual.squaredNorm() > stop && former > 0; step++) {
        try (Arena inner = Arena.ofConfined()) {
          DenseMatrix image = map.apply(inner, direction);
          double curvature = direction.dot(image);
          if (!(curvature > 0)) {
            break;
          }
          double length = former / curvature;
          x.add(length, direction);
          residual.add(-length, image);
          DenseMatrix next = preconditioner.apply(inner, residual);
          double newer = residual.dot(next);
          next.add(newer / former, direction);
          direction.replaceBy(next);
          former = newer;
        }
      }
    }
    return x;
  }
}
