package dev.tuckerc.linalg.fit;

import dev.tuckerc.linalg.Factorization;
import dev.tuckerc.linalg.Tucker2;
import dev.tuckerc.linalg.TuckerDecomposer;
import dev.tuckerc.linalg.matrix.ConjugateGradients;
import dev.tuckerc.linalg.matrix.DenseMatrix;
import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.linalg.matrix.PositiveDefinite;
import dev.tuckerc.linalg.matrix.SymmetricEigen;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Fits a Tucker-2 chain: minimises `E |y - U G (I (x) V)^T x|^2` by turns. Given `V`, `U` and `G`
/// are the reduced-rank regression (Izenman 1975), globally optimal; given those, `V` is a linear
/// least-squares problem, solved by preconditioned conjugate gradients from the former `V`. The
/// start is the decomposition in the norm of the channel covariance (arXiv:2511.04494). With one
/// mode at full rank a single step is the optimum; with one tap and full input rank it is the
/// singular value decomposition in the covariance norm.
public final class TuckerFit extends ChainFit {
  private static final int MOST_STEPS = 40;

  private final int rankIn;
  private final int rankOut;

  /// Mean over the taps of the channel blocks of the second moments, not of the covariance: the
  /// start is to keep the mean as well.
  private final DenseMatrix channels;

  /// `V^T`, `[rankIn, I]`, orthonormal rows.
  private final DenseMatrix reduce;

  /// `U^T`, `[rankOut, O]`, orthonormal rows.
  private final DenseMatrix expand;

  /// `G`, `[rankOut, taps * rankIn]`.
  private final DenseMatrix core;

  /// @param samples of the layer's input
  /// @param dense the layer's weight `[O, I, kernel...]`
  /// @throws LinearAlgebraException when the data holds NaN or infinite numbers
  public TuckerFit(InputMoments samples, Tensor dense, int rankIn, int rankOut) {
    super(samples, dense);
    this.rankIn = rankIn;
    this.rankOut = rankOut;
    try {
      channels = channelBlock(false);
      reduce = start(dense);
      expand = DenseMatrix.identity(arena, outputs).block(0, rankOut);
      core = DenseMatrix.zeros(arena, rankOut, taps * rankIn);
    } catch (LinearAlgebraException e) {
      close();
      throw e;
    }
  }

  /// HOOI of `W x_I channels^(1/2)`, taken back.
  private DenseMatrix start(Tensor dense) {
    if (rankIn == inputs) {
      return DenseMatrix.identity(arena, inputs);
    }
    try (Arena scratch = Arena.ofConfined()) {
      double[] values = SymmetricEigen.values(channels.copy(scratch));
      DenseMatrix vectors = SymmetricEigen.leading(scratch, channels, inputs);
      DenseMatrix root = power(scratch, vectors, values, 0.5);
      double[] whitened = new double[outputs * inputs * taps];
      DenseMatrix product =
          DenseMatrix.of(scratch, outputs * taps, inputs, weight.toArray()).times(scratch, root);
      for (int o = 0; o < outputs; o++) {
        for (int t = 0; t < taps; t++) {
          for (int i = 0; i < inputs; i++) {
            whitened[(o * inputs + i) * taps + t] = product.get(o * taps + t, i);
          }
        }
      }
      Tensor tensor = Tensor.of(DataType.F64, dense.shape(), MemorySegment.ofArray(whitened));
      Tensor factor;
      try (TuckerDecomposer decomposer = new TuckerDecomposer(tensor)) {
        factor = decomposer.decompose(rankOut, rankIn).inputFactor();
      }
      DenseMatrix rows =
          DenseMatrix.of(scratch, inputs, rankIn, factor.toDoubles()).transposed(scratch);
      DenseMatrix back = rows.times(arena, power(scratch, vectors, values, -0.5));
      return SymmetricEigen.orthonormalize(back);
    }
  }

  private static DenseMatrix power(
      Arena scratch, DenseMatrix vectors, double[] values, double exponent) {
    DenseMatrix scaled = vectors.copy(scratch);
    double least = values[0] * 1e-12;
    for (int row = 0; row < scaled.rows(); row++) {
      double factor = Math.pow(Math.max(values[row], least), exponent);
      for (int column = 0; column < scaled.columns(); column++) {
        scaled.set(row, column, scaled.get(row, column) * factor);
      }
    }
    return scaled.transposedTimes(scratch, vectors);
  }

  @Override
  void solve(DenseMatrix cross, int rounds) {
    boolean alternates = rankIn < inputs;
    for (int round = 1; ; round++) {
      solveOutputs(cross);
      if (round >= rounds || !alternates) {
        return;
      }
      solveInputs(cross);
    }
  }

  /// `U` and `G` for the present `V`.
  private void solveOutputs(DenseMatrix cross) {
    try (Arena scratch = Arena.ofConfined()) {
      DenseMatrix v = reduce.transposed(scratch);
      DenseMatrix half = project(scratch, covariance, v);
      DenseMatrix projected = project(scratch, half.transposed(scratch), v);
      DenseMatrix projectedCross = project(scratch, cross, v);
      DenseMatrix regression =
          new PositiveDefinite(scratch, projected).solve(projectedCross.copy(scratch));
      if (rankOut == outputs) {
        core.replaceBy(regression);
        explained = regression.dot(projectedCross);
        return;
      }
      DenseMatrix energy = regression.timesTransposed(scratch, projectedCross);
      symmetrize(energy);
      expand.replaceBy(SymmetricEigen.leading(scratch, energy, rankOut));
      core.replaceBy(expand.times(scratch, regression));
      explained = SymmetricEigen.timesSymmetric(scratch, expand, energy).dot(expand);
    }
  }

  /// `V` for the present `U` and `G`: conjugate gradients on its normal equations.
  private void solveInputs(DenseMatrix cross) {
    try (Arena scratch = Arena.ofConfined()) {
      DenseMatrix g = core.reshaped(rankOut * taps, rankIn);
      DenseMatrix wanted = expand.times(scratch, cross);
      DenseMatrix right = g.transposedTimes(scratch, wanted.reshaped(rankOut * taps, inputs));
      PositiveDefinite channelFactor = new PositiveDefinite(scratch, channels);
      DenseMatrix gram = g.transposedTimes(scratch, g);
      double trace = gram.trace();
      if (!(trace > 0)) {
        return;
      }
      for (int i = 0; i < rankIn; i++) {
        gram.set(i, i, gram.get(i, i) + 1e-12 * trace);
      }
      PositiveDefinite rankFactor = new PositiveDefinite(scratch, gram);
      DenseMatrix x =
          ConjugateGradients.solve(
              scratch,
              reduce,
              right,
              (inner, v) -> apply(inner, g, v),
              (inner, residual) -> condition(inner, residual, channelFactor, rankFactor),
              MOST_STEPS);
      reduce.replaceBy(SymmetricEigen.orthonormalize(x));
    }
  }

  /// The normal equations' matrix on `x`, `[rankIn, I]`.
  private DenseMatrix apply(Arena scratch, DenseMatrix g, DenseMatrix x) {
    DenseMatrix map = g.times(scratch, x).reshaped(rankOut, taps * inputs);
    DenseMatrix image = SymmetricEigen.timesSymmetric(scratch, map, covariance);
    return g.transposedTimes(scratch, image.reshaped(rankOut * taps, inputs));
  }

  private static DenseMatrix condition(
      Arena scratch,
      DenseMatrix residual,
      PositiveDefinite channelFactor,
      PositiveDefinite rankFactor) {
    DenseMatrix rows = channelFactor.solve(residual.copy(scratch));
    return rankFactor.solve(rows.transposed(scratch)).transposed(scratch);
  }

  /// `matrix * (I_taps (x) v)`.
  private DenseMatrix project(Arena scratch, DenseMatrix matrix, DenseMatrix v) {
    int rows = matrix.rows();
    DenseMatrix folded = matrix.reshaped(rows * taps, inputs);
    return folded.times(scratch, v).reshaped(rows, taps * v.columns());
  }

  private static void symmetrize(DenseMatrix matrix) {
    for (int i = 0; i < matrix.rows(); i++) {
      for (int j = 0; j < i; j++) {
        double mean = (matrix.get(i, j) + matrix.get(j, i)) / 2;
        matrix.set(i, j, mean);
        matrix.set(j, i, mean);
      }
    }
  }

  @Override
  DenseMatrix approximation(Arena scratch) {
    DenseMatrix half =
        core.reshaped(rankOut * taps, rankIn)
            .times(scratch, reduce)
            .reshaped(rankOut, taps * inputs);
    return expand.transposedTimes(scratch, half);
  }

  @Override
  public Factorization filled(Factorization chain) {
    return chain.with(factors());
  }

  /// The factors as a Tucker decomposition, its error that of the weight.
  public Tucker2 factors() {
    try (Arena scratch = Arena.ofConfined()) {
      double[] channelsFirst = new double[rankOut * rankIn * taps];
      for (int p = 0; p < rankOut; p++) {
        for (int t = 0; t < taps; t++) {
          for (int q = 0; q < rankIn; q++) {
            channelsFirst[(p * rankIn + q) * taps + t] = core.get(p, t * rankIn + q);
          }
        }
      }
      List<Long> shape = new ArrayList<>(List.of((long) rankOut, (long) rankIn));
      shape.addAll(kernel);
      return new Tucker2(
          tensor(expand.transposed(scratch)),
          Tensor.of(DataType.F64, shape, MemorySegment.ofArray(channelsFirst)),
          tensor(reduce.transposed(scratch)),
          weightError(),
          0);
    }
  }
}
