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

    /// `[I * taps, rank]`: the largest of what a sweep needs, one after the other.
    private final DenseMatrix tall;

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
      tall = DenseMatrix.zeros(arena, inputs * taps, rank);
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
            new PositiveDefinite(scratch, damped(product(own(scratch, b), own(scratch, c))))
                .solve(byOutput.times(scratch, khatriRao())));
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
      DenseMatrix seen = byOutput.transposedTimes(a, tall);
      DenseMatrix ownOutputs = own(scratch, a);
      DenseMatrix ofOutputsAndTaps = product(own(scratch, b), ownOutputs);
      solve(scratch, contract(scratch, seen, b, true), ofOutputsAndTaps, c);
      DenseMatrix ofOutputsAndInputs = product(own(scratch, c), ownOutputs);
      solve(scratch, contract(scratch, seen, c, false), ofOutputsAndInputs, b);
      normalize(b);
      normalize(c);
      DenseMatrix target = byOutput.times(scratch, khatriRao());
      DenseMatrix ofTapsAndInputs = product(own(scratch, b), own(scratch, c));
      solve(scratch, target.copy(scratch), ofTapsAndInputs.copy(scratch), a);
      return Math.max(
          0, energy - 2 * target.dot(a) + ofTapsAndInputs.dot(a.transposedTimes(a, ownOutputs)));
    }

    /// @param gram of the other factors; destroyed
    private void solve(Arena scratch, DenseMatrix target, DenseMatrix gram, DenseMatrix result) {
      result.replaceBy(new PositiveDefinite(scratch, damped(gram)).solve(target));
    }

    /// `[i * taps + t, r] = inputs[i, r] * taps[t, r]`.
    private DenseMatrix khatriRao() {
      double[][] ofTaps = rows(b);
      double[][] ofInputs = rows(c);
      double[] product = new double[rank];
      for (int i = 0; i < ofInputs.length; i++) {
        for (int t = 0; t < ofTaps.length; t++) {
          for (int r = 0; r < rank; r++) {
            product[r] = ofInputs[i][r] * ofTaps[t][r];
          }
          tall.setRow(i * ofTaps.length + t, product);
        }
      }
      return tall;
    }

    /// Sums `seen[i * taps + t, r] * factor[.., r]` over the taps, or else over the inputs.
    private DenseMatrix contract(
        Arena scratch, DenseMatrix seen, DenseMatrix factor, boolean overTaps) {
      double[][] others = rows(factor);
      double[][] sums = new double[overTaps ? c.rows() : b.rows()][rank];
      double[] row = new double[rank];
      for (int i = 0; i < c.rows(); i++) {
        for (int t = 0; t < b.rows(); t++) {
          seen.block(i * b.rows() + t, 1).copyTo(row, 0);
          double[] sum = sums[overTaps ? i : t];
          double[] other = others[overTaps ? t : i];
          for (int r = 0; r < rank; r++) {
            sum[r] += row[r] * other[r];
          }
        }
      }
      DenseMatrix contracted = DenseMatrix.zeros(scratch, sums.length, rank);
      for (int i = 0; i < sums.length; i++) {
        contracted.setRow(i, sums[i]);
      }
      return contracted;
    }

    /// The rows as plain arrays: the JVM walks through them several times faster than through a
    /// segment.
    private static double[][] rows(DenseMatrix matrix) {
      double[][] rows = new double[matrix.rows()][matrix.columns()];
      for (int row = 0; row < rows.length; row++) {
        matrix.block(row, 1).copyTo(rows[row], 0);
      }
      return rows;
    }

    /// The Gram matrix of the columns.
    private static DenseMatrix own(Arena scratch, DenseMatrix factor) {
      return factor.transposedTimes(scratch, factor);
    }

    /// Multiplies each element by that of another matrix.
    private static DenseMatrix product(DenseMatrix matrix, DenseMatrix other) {
      double[] own = new double[matrix.columns()];
      double[] factors = new double[matrix.columns()];
      for (int row = 0; row < matrix.rows(); row++) {
        matrix.block(row, 1).copyTo(own, 0);
        other.block(row, 1).copyTo(factors, 0);
        for (int column = 0; column < own.length; column++) {
          own[column] *= factors[column];
        }
        matrix.setRow(row, own);
      }
      return matrix;
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
