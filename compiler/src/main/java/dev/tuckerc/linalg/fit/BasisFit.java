package dev.tuckerc.linalg.fit;

import dev.tuckerc.linalg.Factorization;
import dev.tuckerc.linalg.matrix.DenseMatrix;
import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.linalg.matrix.PositiveDefinite;
import dev.tuckerc.linalg.matrix.SymmetricEigen;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.List;

/// Fits the coefficients of a basis of kernels, `B-A`: with the basis as it is, the linear
/// regression of the outputs on what the basis makes of the inputs, so one round is the optimum.
public final class BasisFit extends ChainFit {
  /// `[I * kernels, taps * I]`: the map from inputs to what the coefficients see.
  private final DenseMatrix patterns;

  private final PositiveDefinite gram;

  /// `[O, I * kernels]`.
  private final DenseMatrix coefficients;

  /// @param samples of the layer's input
  /// @param dense the layer's weight `[O, I, kernel...]`
  /// @param start the weight's own basis and coefficients
  /// @throws LinearAlgebraException when the data holds NaN or infinite numbers
  public BasisFit(InputMoments samples, Tensor dense, Factorization start) {
    super(samples, dense);
    double[] repeated = start.factors().getFirst().weight().toDoubles();
    int kernels = repeated.length / (inputs * taps);
    patterns = DenseMatrix.zeros(arena, inputs * kernels, taps * inputs);
    for (int i = 0; i < inputs; i++) {
      for (int k = 0; k < kernels; k++) {
        for (int t = 0; t < taps; t++) {
          patterns.set(i * kernels + k, t * inputs + i, repeated[(i * kernels + k) * taps + t]);
        }
      }
    }
    double[] found = start.factors().getLast().weight().toDoubles();
    coefficients = DenseMatrix.of(arena, outputs, inputs * kernels, found);
    try (Arena scratch = Arena.ofConfined()) {
      DenseMatrix products =
          SymmetricEigen.timesSymmetric(scratch, patterns, covariance)
              .timesTransposed(scratch, patterns);
      gram = new PositiveDefinite(arena, products);
    } catch (LinearAlgebraException e) {
      close();
      throw e;
    }
  }

  @Override
  void solve(DenseMatrix cross, int rounds) {
    try (Arena scratch = Arena.ofConfined()) {
      DenseMatrix seen = cross.timesTransposed(scratch, patterns);
      coefficients.replaceBy(gram.solve(seen.copy(scratch)));
      explained = coefficients.dot(seen);
    }
  }

  @Override
  DenseMatrix approximation(Arena scratch) {
    return coefficients.times(scratch, patterns);
  }

  @Override
  public Factorization filled(Factorization chain) {
    Tensor unchanged = chain.factors().getFirst().weight();
    return chain.filled(List.of(unchanged, tensor(coefficients)), weightError());
  }
}
