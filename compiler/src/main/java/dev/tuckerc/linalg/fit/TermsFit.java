package dev.tuckerc.linalg.fit;

import dev.tuckerc.linalg.Factorization;
import dev.tuckerc.linalg.matrix.ConjugateGradients;
import dev.tuckerc.linalg.matrix.DenseMatrix;
import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.linalg.matrix.PositiveDefinite;
import dev.tuckerc.linalg.matrix.SymmetricEigen;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.List;

/// Fits a sum of outer products, `R-D-E`: minimises `E |y - A K^T x|^2` with `K[(t,i),r] = T[t,r]
/// V[i,r]` by turns over the outputs `A`, the inputs `V` and the taps `T`, each of which is a
/// linear least-squares problem given the others: alternating least squares in the norm of the
/// data. `A` is solved for exactly, `V` and `T` by some steps of preconditioned conjugate gradients
/// from where they were. The start is the decomposition of the weight.
public final class TermsFit extends ChainFit {
  private static final int MOST_STEPS = 10;

  /// Damping of the outputs' least squares, as a share of the mean diagonal: two terms that have
  /// become nearly parallel would grow against each other without bound (De Silva and Lim 2008).
  private static final double DAMPING = 1e-6;

  private final int terms;

  /// `A^T`, `[terms, O]`.
  private final DenseMatrix expand;

  /// `T^T`, `[terms, taps]`, rows of norm 1.
  private final DenseMatrix windows;

  /// `V^T`, `[terms, I]`, rows of norm 1.
  private final DenseMatrix reduce;

  private final DenseMatrix channels;
  private boolean inputsAreNext = true;

  /// @param samples of the layer's input
  /// @param dense the layer's weight `[O, I, kernel...]`
  /// @param start the weight's own sum of terms
  /// @throws LinearAlgebraException when the data holds NaN or infinite numbers
  public TermsFit(InputMoments samples, Tensor dense, Factorization start) {
    super(samples, dense);
    List<Factorization.Factor> factors = start.factors();
    terms = factors.get(0).weight().dimension(0);
    reduce = DenseMatrix.of(arena, terms, inputs, factors.get(0).weight().toDoubles());
    windows = DenseMatrix.of(arena, terms, taps, factors.get(1).weight().toDoubles());
    expand =
        DenseMatrix.of(arena, outputs, terms, factors.get(2).weight().toDoubles())
            .transposed(arena);
    normalize(reduce);
    normalize(windows);
    channels = channelBlock(true);
  }

  private static void normalize(DenseMatrix rows) {
    for (int row = 0; row < rows.rows(); row++) {
      double norm = Math.sqrt(rows.block(row, 1).squaredNorm());
      for (int column = 0; column < rows.columns() && norm > 0; column++) {
        rows.set(row, column, rows.get(row, column) / norm);
      }
    }
  }

  @Override
  void solve(DenseMatrix cross, int rounds) {
    solveOutputs(cross);
    for (int round = 2; round <= rounds; round++) {
      solveFactor(cross, inputsAreNext ? reduce : windows, inputsAreNext);
      inputsAreNext = !inputsAreNext;
      solveOutputs(cross);
    }
  }

  /// `K^T`, `[terms, taps * I]`.
  private DenseMatrix patterns(Arena scratch, DenseMatrix ownWindows, DenseMatrix ownReduce) {
    DenseMatrix patterns = DenseMatrix.zeros(scratch, terms, taps * inputs);
    for (int r = 0; r < terms; r++) {
      for (int t = 0; t < taps; t++) {
        double factor = ownWindows.get(r, t);
        for (int i = 0; i < inputs; i++) {
          patterns.set(r, t * inputs + i, factor * ownReduce.get(r, i));
        }
      }
    }
    return patterns;
  }

  private void solveOutputs(DenseMatrix cross) {
    try (Arena scratch = Arena.ofConfined()) {
      DenseMatrix patterns = patterns(scratch, windows, reduce);
      DenseMatrix gram =
          SymmetricEigen.timesSymmetric(scratch, patterns, covariance)
              .timesTransposed(scratch, patterns);
      damp(gram);
      DenseMatrix seen = cross.timesTransposed(scratch, patterns);
      DenseMatrix solved = new PositiveDefinite(scratch, gram).solve(seen.copy(scratch));
      expand.replaceBy(solved.transposed(scratch));
      explained = solved.dot(seen);
    }
  }

  private static void damp(DenseMatrix gram) {
    double damping = DAMPING * gram.trace() / gram.rows();
    for (int i = 0; i < gram.rows(); i++) {
      gram.set(i, i, gram.get(i, i) + damping);
    }
  }

  /// Steps of conjugate gradients on the normal equations of `V` or of `T`.
  private void solveFactor(DenseMatrix cross, DenseMatrix factor, boolean ofInputs) {
    try (Arena scratch = Arena.ofConfined()) {
      DenseMatrix products = expand.timesTransposed(scratch, expand);
      if (!(products.trace() > 0)) {
        return;
      }
      DenseMatrix right = contract(scratch, expand.times(scratch, cross), ofInputs);
      DenseMatrix other = ofInputs ? windows : reduce;
      DenseMatrix block = ofInputs ? channels : DenseMatrix.identity(scratch, taps);
      DenseMatrix weighted =
          ofInputs ? other : SymmetricEigen.timesSymmetric(scratch, other, channels);
      DenseMatrix gram = weighted.timesTransposed(scratch, other);
      for (int r = 0; r < terms; r++) {
        for (int s = 0; s < terms; s++) {
          gram.set(r, s, gram.get(r, s) * products.get(r, s));
        }
      }
      damp(gram);
      PositiveDefinite termFactor = new PositiveDefinite(scratch, gram);
      PositiveDefinite blockFactor = new PositiveDefinite(scratch, block);
      factor.replaceBy(
          ConjugateGradients.solve(
              scratch,
              factor,
              right,
              (inner, x) -> apply(inner, x, ofInputs),
              (inner, residual) -> {
                DenseMatrix rows = blockFactor.solve(residual.copy(inner));
                return termFactor.solve(rows.transposed(inner)).transposed(inner);
              },
              MOST_STEPS));
      normalize(factor);
    }
  }

  /// What the normal equations make of a factor: `A^T (A K(x)^T S)` without the other factor.
  private DenseMatrix apply(Arena scratch, DenseMatrix x, boolean ofInputs) {
    DenseMatrix patterns = ofInputs ? patterns(scratch, windows, x) : patterns(scratch, x, reduce);
    DenseMatrix map = expand.transposedTimes(scratch, patterns);
    DenseMatrix image = SymmetricEigen.timesSymmetric(scratch, map, covariance);
    return contract(scratch, expand.times(scratch, image), ofInputs);
  }

  /// Sums `rows[r, (t,i)]` times the other factor over the taps, or else over the inputs.
  private DenseMatrix contract(Arena scratch, DenseMatrix rows, boolean overTaps) {
    DenseMatrix sum = DenseMatrix.zeros(scratch, terms, overTaps ? inputs : taps);
    for (int r = 0; r < terms; r++) {
      for (int t = 0; t < taps; t++) {
        for (int i = 0; i < inputs; i++) {
          double value = rows.get(r, t * inputs + i);
          if (overTaps) {
            sum.set(r, i, sum.get(r, i) + value * windows.get(r, t));
          } else {
            sum.set(r, t, sum.get(r, t) + value * reduce.get(r, i));
          }
        }
      }
    }
    return sum;
  }

  @Override
  DenseMatrix approximation(Arena scratch) {
    return expand.transposedTimes(scratch, patterns(scratch, windows, reduce));
  }

  @Override
  public Factorization filled(Factorization chain) {
    try (Arena scratch = Arena.ofConfined()) {
      List<Tensor> tensors =
          List.of(tensor(reduce), tensor(windows), tensor(expand.transposed(scratch)));
      return chain.filled(tensors, weightError());
    }
  }
}
