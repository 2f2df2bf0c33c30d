package dev.tuckerc.linalg;

import dev.tuckerc.linalg.matrix.DenseMatrix;
import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.linalg.matrix.PositiveDefinite;
import dev.tuckerc.linalg.matrix.SingleThreadedBlas;
import dev.tuckerc.linalg.matrix.SymmetricEigen;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.SplittableRandom;

/// A convolution's weight as a sum of outer products: `W[o,i,t] ~ sum_r outputs[o,r] * taps[t,r] *
/// inputs[i,r]` with all taps as one mode (canonical polyadic decomposition; for convolutions:
/// Lebedev et al., ICLR 2015).
///
/// @param outputs `[O, rank]`, of type F64; carries the magnitude
/// @param taps `[T, rank]`, columns of norm 1
/// @param inputs `[I, rank]`, columns of norm 1
/// @param relativeError Frobenius norm of what is lost over that of the weight, 0 for a zero weight
public record CanonicalPolyadic(Tensor outputs, Tensor taps, Tensor inputs, double relativeError) {
  /// Sweeps stop when one lowers the squared error by less than this share of it.
  private static final double TOLERANCE = 1e-5;

  /// Errors below this share of the energy are rounding.
  private static final double ROUNDING = 1e-13;

  private static final int MOST_SWEEPS = 300;

  /// Multiply-accumulates spent on all sweeps: about a second of one core.
  private static final double EFFORT = 2e10;

  /// The least squares of each mode are damped by this share of their mean diagonal. Without it,
  /// components of opposite signs grow without bound where no best approximation exists (De Silva
  /// and Lim 2008), and f16 could not hold them.
  private static final double DAMPING = 1e-6;

  /// Alternating least squares from the leading singular vectors of the channel modes.
  ///
  /// @param weight `[O, I, kernel...]` of a floating-point type
  /// @param rank terms of the sum, at least 1
  /// @throws LinearAlgebraException when an element is NaN or infinite
  public static CanonicalPolyadic decompose(Tensor weight, int rank) {
    return decompose(weight, rank, EFFORT);
  }

  /// The same with fewer sweeps.
  ///
  /// @param effort multiply-accumulates spent on all sweeps; one sweep is always made
  static CanonicalPolyadic decompose(Tensor weight, int rank, double effort) {
    if (weight.rank() < 2 || weight.size() == 0 || rank < 1) {
      throw new IllegalArgumentException("rank " + rank + " for a weight " + weight.shape());
    }
    double scale = TuckerDecomposer.powerOfTwo(weight);
    try (SingleThreadedBlas _ = new SingleThreadedBlas();
        Arena arena = Arena.ofConfined()) {
      int outputs = weight.dimension(0);
      int inputs = weight.dimension(1);
      DenseMatrix byOutput = DenseMatrix.of(arena, outputs, weight, scale);
      Sweeps sweeps = new Sweeps(arena, byOutput, inputs, rank);
      double lost = sweeps.run(effort);
      return new CanonicalPolyadic(
          tensor(sweeps.a, scale), tensor(sweeps.b, 1), tensor(sweeps.c, 1), lost);
    }
  }

  private static Tensor tensor(DenseMatrix matrix, double scale) {
    double[] values = matrix.toArray();
    for (int i = 0; i < values.length; i++) {
      values[i] *= scale;
    }
    return Tensor.ofDoubles(List.of((long) matrix.rows(), (long) matrix.columns()), values);
  }

  /// The factors on their way.
  private static final class Sweeps {
    private final Arena arena;
    private final DenseMatrix byOutput;
    private final double energy;
    private final int rank;
    private final DenseMatrix a;
    private final DenseMatrix b;
    private final DenseMatrix c;

    Sweeps(Arena arena, DenseMatrix byOutput, int inputs, int rank) {
      this.arena = arena;
      this.byOutput = byOutput;
      this.rank = rank;
      energy = byOutput.squaredNorm();
      if (!Double.isFinite(energy)) {
        throw new LinearAlgebraException("the weight holds NaN or infinite elements");
      }
      int taps = byOutput.columns() / inputs;
      SplittableRandom random = new SplittableRandom(rank);
      a = DenseMatrix.zeros(arena, byOutput.rows(), rank);
      b = DenseMatrix.zeros(arena, taps, rank);
      c = DenseMatrix.zeros(arena, inputs, rank);
      fill(b, 0, random);
      int known = Math.min(rank, inputs);
      try (Arena scratch = Arena.ofConfined()) {
        DenseMatrix byInput = DenseMatrix.zeros(scratch, inputs, byOutput.rows() * taps);
        byOutput.swapLeading(byOutput.rows(), inputs, taps, byInput);
        DenseMatrix leading = SymmetricEigen.leading(scratch, byInput.gram(scratch), known);
        for (int i = 0; i < inputs; i++) {
          for (int r = 0; r < known; r++) {
            c.set(i, r, leading.get(r, i));
          }
        }
      }
      fill(c, known, random);
      normalize(b);
      normalize(c);
    }

    private static void fill(DenseMatrix matrix, int from, SplittableRandom random) {
      for (int row = 0; row < matrix.rows(); row++) {
        for (int column = from; column < matrix.columns(); column++) {
          matrix.set(row, column, random.nextDouble(-1, 1));
        }
      }
    }

    /// The relative error at the end.
    double run(double effort) {
      if (energy == 0) {
        return 0;
      }
      try (Arena scratch = Arena.ofConfined()) {
        a.replaceBy(
            new PositiveDefinite(scratch, damped(hadamard(scratch, b, c)))
                .solve(byOutput.times(scratch, khatriRao(scratch))));
      }
      double affordable = effort / (2.0 * byOutput.rows() * byOutput.columns() * rank);
      double lost = energy;
      for (int sweep = 1; ; sweep++) {
        double newLost;
        try (Arena scratch = Arena.ofConfined()) {
          newLost = sweep(scratch);
        }
        boolean converged = lost - newLost <= TOLERANCE * newLost || newLost < ROUNDING * energy;
        lost = newLost;
        if (converged || sweep == MOST_SWEEPS || sweep >= affordable) {
          return Math.sqrt(Math.max(0, lost) / energy);
        }
      }
    }

    /// Solves for each factor in turn, the outputs last, and returns the squared error.
    private double sweep(Arena scratch) {
      // The weight seen through the output factor, `[I * taps, rank]`, serves both other modes.
      DenseMatrix seen = byOutput.transposedTimes(scratch, a);
      solve(scratch, contract(scratch, seen, b, true), a, b, c);
      solve(scratch, contract(scratch, seen, c, false), a, c, b);
      normalize(b);
      normalize(c);
      DenseMatrix target = byOutput.times(scratch, khatriRao(scratch));
      solve(scratch, target.copy(scratch), b, c, a);
      DenseMatrix outputs = a.transposedTimes(scratch, a);
      double own = hadamard(scratch, b, c).dot(outputs);
      return Math.max(0, energy - 2 * target.dot(a) + own);
    }

    private void solve(
        Arena scratch, DenseMatrix target, DenseMatrix one, DenseMatrix two, DenseMatrix result) {
      DenseMatrix gram = damped(hadamard(scratch, one, two));
      result.replaceBy(new PositiveDefinite(scratch, gram).solve(target));
    }

    /// `[i * taps + t, r] = inputs[i, r] * taps[t, r]`.
    private DenseMatrix khatriRao(Arena scratch) {
      DenseMatrix product = DenseMatrix.zeros(scratch, c.rows() * b.rows(), rank);
      for (int i = 0; i < c.rows(); i++) {
        for (int t = 0; t < b.rows(); t++) {
          for (int r = 0; r < rank; r++) {
            product.set(i * b.rows() + t, r, c.get(i, r) * b.get(t, r));
          }
        }
      }
      return product;
    }

    /// Sums `seen[i * taps + t, r] * factor[.., r]` over the taps, or else over the inputs.
    private DenseMatrix contract(
        Arena scratch, DenseMatrix seen, DenseMatrix factor, boolean overTaps) {
      DenseMatrix sum = DenseMatrix.zeros(scratch, overTaps ? c.rows() : b.rows(), rank);
      for (int i = 0; i < c.rows(); i++) {
        for (int t = 0; t < b.rows(); t++) {
          int row = overTaps ? i : t;
          int other = overTaps ? t : i;
          for (int r = 0; r < rank; r++) {
            double term = seen.get(i * b.rows() + t, r) * factor.get(other, r);
            sum.set(row, r, sum.get(row, r) + term);
          }
        }
      }
      return sum;
    }

    private DenseMatrix hadamard(Arena scratch, DenseMatrix one, DenseMatrix two) {
      DenseMatrix first = one.transposedTimes(scratch, one);
      DenseMatrix second = two.transposedTimes(scratch, two);
      for (int r = 0; r < rank; r++) {
        for (int s = 0; s < rank; s++) {
          first.set(r, s, first.get(r, s) * second.get(r, s));
        }
      }
      return first;
    }

    private DenseMatrix damped(DenseMatrix gram) {
      double trace = 0;
      for (int r = 0; r < rank; r++) {
        trace += gram.get(r, r);
      }
      double damping = trace > 0 ? DAMPING * trace / rank : 1;
      for (int r = 0; r < rank; r++) {
        gram.set(r, r, gram.get(r, r) + damping);
      }
      return gram;
    }

    /// Columns of norm 1; one that is zero stays so.
    private static void normalize(DenseMatrix matrix) {
      for (int column = 0; column < matrix.columns(); column++) {
        double squares = 0;
        for (int row = 0; row < matrix.rows(); row++) {
          squares += matrix.get(row, column) * matrix.get(row, column);
        }
        double norm = Math.sqrt(squares);
        for (int row = 0; row < matrix.rows() && norm > 0; row++) {
          matrix.set(row, column, matrix.get(row, column) / norm);
        }
      }
    }
  }
}
