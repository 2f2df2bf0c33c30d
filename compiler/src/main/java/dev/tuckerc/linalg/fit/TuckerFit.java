package dev.tuckerc.linalg.fit;

import dev.tuckerc.linalg.Tucker2;
import dev.tuckerc.linalg.TuckerDecomposer;
import dev.tuckerc.linalg.matrix.DenseMatrix;
import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.linalg.matrix.PositiveDefinite;
import dev.tuckerc.linalg.matrix.SingleThreadedBlas;
import dev.tuckerc.linalg.matrix.SymmetricEigen;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Fits a Tucker-2 chain to a layer's outputs on data, in closed form: no gradient is taken.
///
/// With the covariance `S` of the input samples and the covariance `C` of wanted outputs and input
/// samples, both drawn by a ridge `d` towards the weight, minimises `E |y - U G (I (x) V)^T x|^2`
/// by turns: given `V`, `U` and `G` are the reduced-rank regression (Izenman 1975), globally
/// optimal; given those, `V` is a linear least-squares problem, solved by preconditioned conjugate
/// gradients from the former `V`. The explained energy never falls. The response reconstruction is
/// that of Zhang et al. (arXiv:1505.06798), the start the decomposition in the norm of the channel
/// covariance (arXiv:2511.04494). With one mode at full rank a single step is the optimum; with one
/// tap and full input rank it is the singular value decomposition in the covariance norm.
///
/// Rows and columns run over the taps first and the channels second.
public final class TuckerFit implements AutoCloseable {
  /// Ridge, relative to the mean variance of an input.
  private static final double RIDGE = 1e-3;

  private static final int MOST_STEPS = 40;
  private static final double RESIDUAL = 1e-7;

  private final Arena arena = Arena.ofShared();
  private final SingleThreadedBlas blas = new SingleThreadedBlas();
  private final List<Long> kernel;
  private final int outputs;
  private final int inputs;
  private final int taps;
  private final int rankIn;
  private final int rankOut;
  private final double[] inputMean;
  private final double ridge;

  /// The weight, `[O, taps * I]`.
  private final DenseMatrix weight;

  /// `S + d I`.
  private final DenseMatrix covariance;

  /// Mean over the taps of the channel blocks of `S + d I`.
  private final DenseMatrix channels;

  /// `V^T`, `[rankIn, I]`, orthonormal rows.
  private final DenseMatrix reduce;

  /// `U^T`, `[rankOut, O]`, orthonormal rows.
  private final DenseMatrix expand;

  /// `G`, `[rankOut, taps * rankIn]`.
  private final DenseMatrix core;

  private double[] outputMean;
  private double explained;

  /// @param samples of the layer's input
  /// @param dense the layer's weight `[O, I, kernel...]`
  /// @throws LinearAlgebraException when the data has no variance, or holds NaN or infinite numbers
  public TuckerFit(InputMoments samples, Tensor dense, int rankIn, int rankOut) {
    kernel = dense.shape().subList(2, dense.rank());
    outputs = dense.dimension(0);
    inputs = dense.dimension(1);
    taps = dense.size() / (outputs * inputs);
    this.rankIn = rankIn;
    this.rankOut = rankOut;
    inputMean = samples.mean();
    outputMean = new double[outputs];
    try {
      covariance = samples.covariance(arena);
      double trace = 0;
      for (int i = 0; i < covariance.rows(); i++) {
        trace += covariance.get(i, i);
      }
      if (!(trace > 0) || !Double.isFinite(trace)) {
        throw new LinearAlgebraException(
            trace == 0 || trace < 0
                ? "its input is constant on the calibration data"
                : "its input holds NaN or infinite numbers on the calibration data");
      }
      ridge = RIDGE * trace / covariance.rows();
      for (int i = 0; i < covariance.rows(); i++) {
        covariance.set(i, i, covariance.get(i, i) + ridge);
      }
      channels = channelCovariance();
      DenseMatrix byChannel = DenseMatrix.of(arena, outputs, inputs * taps, dense.toDoubles());
      weight = tapsFirst(arena, byChannel, outputs, inputs);
      reduce = start(dense);
      expand = DenseMatrix.identity(arena, outputs).block(0, rankOut);
      core = DenseMatrix.zeros(arena, rankOut, taps * rankIn);
    } catch (LinearAlgebraException e) {
      close();
      throw e;
    }
  }

  /// `[rows, channel, tap]` as `[rows, tap, channel]`.
  private DenseMatrix tapsFirst(Arena target, DenseMatrix matrix, int rows, int channelCount) {
    DenseMatrix result = DenseMatrix.zeros(target, rows, taps * channelCount);
    for (int row = 0; row < rows; row++) {
      for (int c = 0; c < channelCount; c++) {
        for (int t = 0; t < taps; t++) {
          result.set(row, t * channelCount + c, matrix.get(row, c * taps + t));
        }
      }
    }
    return result;
  }

  /// Of the second moments, not the covariance: the start is to keep the mean as well.
  private DenseMatrix channelCovariance() {
    DenseMatrix mean = DenseMatrix.zeros(arena, inputs, inputs);
    for (int t = 0; t < taps; t++) {
      for (int i = 0; i < inputs; i++) {
        for (int j = 0; j < inputs; j++) {
          double moment =
              covariance.get(t * inputs + i, t * inputs + j)
                  + inputMean[t * inputs + i] * inputMean[t * inputs + j];
          mean.set(i, j, mean.get(i, j) + moment / taps);
        }
      }
    }
    return mean;
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

  /// Fits to wanted outputs, from where the last fit ended.
  ///
  /// @param rounds of both steps
  public void fit(TargetMoments targets, int rounds) {
    outputMean = targets.mean();
    try (Arena scratch = Arena.ofConfined()) {
      DenseMatrix cross = targets.covariance(scratch, inputMean);
      cross.add(ridge, weight);
      boolean alternates = rankIn < inputs;
      for (int round = 1; ; round++) {
        solveOutputs(cross);
        if (round >= rounds || !alternates) {
          return;
        }
        solveInputs(cross);
      }
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
      double trace = 0;
      for (int i = 0; i < rankIn; i++) {
        trace += gram.get(i, i);
      }
      if (!(trace > 0)) {
        return;
      }
      for (int i = 0; i < rankIn; i++) {
        gram.set(i, i, gram.get(i, i) + 1e-12 * trace);
      }
      PositiveDefinite rankFactor = new PositiveDefinite(scratch, gram);
      DenseMatrix x = reduce.copy(scratch);
      DenseMatrix residual = right.copy(scratch);
      residual.add(-1, apply(scratch, g, x));
      double stop = RESIDUAL * RESIDUAL * right.squaredNorm();
      DenseMatrix conditioned = condition(scratch, residual, channelFactor, rankFactor);
      DenseMatrix direction = conditioned.copy(scratch);
      double former = residual.dot(conditioned);
      for (int step = 0; step < MOST_STEPS && residual.squaredNorm() > stop && former > 0; step++) {
        try (Arena inner = Arena.ofConfined()) {
          DenseMatrix image = apply(inner, g, direction);
          double curvature = direction.dot(image);
          if (!(curvature > 0)) {
            break;
          }
          double length = former / curvature;
          x.add(length, direction);
          residual.add(-length, image);
          DenseMatrix next = condition(inner, residual, channelFactor, rankFactor);
          double newer = residual.dot(next);
          next.add(newer / former, direction);
          direction.replaceBy(next);
          former = newer;
        }
      }
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

  /// What the last fit explains of the variance of its targets, the ridge's share included; never
  /// falls from round to round.
  public double explained() {
    return explained;
  }

  /// The weight that the chain stands for, `[O, taps * I]`.
  private DenseMatrix approximation(Arena scratch) {
    DenseMatrix half =
        core.reshaped(rankOut * taps, rankIn)
            .times(scratch, reduce)
            .reshaped(rankOut, taps * inputs);
    return expand.transposedTimes(scratch, half);
  }

  /// The chain's outputs, biases included, for the samples of a block.
  ///
  /// @return `[rows, outputs]`, row by row
  public double[] predict(PatchBlock block) {
    try (Arena scratch = Arena.ofConfined()) {
      double[] result = block.matrix().timesTransposed(scratch, approximation(scratch)).toArray();
      double[] bias = bias();
      for (int i = 0; i < result.length; i++) {
        result[i] += bias[i % outputs];
      }
      return result;
    }
  }

  /// What is added to the chain's result so that it has the targets' mean.
  public double[] bias() {
    try (Arena scratch = Arena.ofConfined()) {
      DenseMatrix mean = DenseMatrix.of(scratch, 1, inputMean.length, inputMean);
      DenseMatrix image = mean.timesTransposed(scratch, approximation(scratch));
      double[] bias = outputMean.clone();
      for (int o = 0; o < outputs; o++) {
        bias[o] -= image.get(0, o);
      }
      return bias;
    }
  }

  /// `E |y - y~|^2 / E |y - mean|^2` on the data of the last fit, from its moments; 0 where the
  /// targets are constant.
  ///
  /// @param targets those of the last fit
  public double lostShare(TargetMoments targets) {
    double variance = targets.variance();
    if (variance == 0) {
      return 0;
    }
    try (Arena scratch = Arena.ofConfined()) {
      DenseMatrix map = approximation(scratch);
      DenseMatrix cross = targets.covariance(scratch, inputMean);
      DenseMatrix image = SymmetricEigen.timesSymmetric(scratch, map, covariance);
      image.add(-ridge, map);
      double lost = variance - 2 * cross.dot(map) + image.dot(map);
      return Math.max(0, lost) / variance;
    }
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
      DenseMatrix difference = approximation(scratch);
      difference.add(-1, weight);
      double total = weight.squaredNorm();
      return new Tucker2(
          tensor(expand.transposed(scratch)),
          Tensor.of(DataType.F64, shape, MemorySegment.ofArray(channelsFirst)),
          tensor(reduce.transposed(scratch)),
          total == 0 ? 0 : Math.sqrt(difference.squaredNorm() / total),
          0);
    }
  }

  private static Tensor tensor(DenseMatrix matrix) {
    return Tensor.of(
        DataType.F64,
        List.of((long) matrix.rows(), (long) matrix.columns()),
        MemorySegment.ofArray(matrix.toArray()));
  }

  @Override
  public void close() {
    blas.close();
    arena.close();
  }
}
