package dev.tuckerc.linalg.fit;

import dev.tuckerc.linalg.Factorization;
import dev.tuckerc.linalg.matrix.DenseMatrix;
import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.linalg.matrix.SingleThreadedBlas;
import dev.tuckerc.linalg.matrix.SymmetricEigen;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/// Fits a chain of factors to a layer's outputs on data, in closed form: no gradient is taken.
///
/// With the covariance `S` of the input samples and the covariance `C` of wanted outputs and input
/// samples, both drawn by a ridge `d` towards the weight, minimises `E |y - M x|^2` over the maps
/// `M` that the chain can be. The response reconstruction is that of Zhang et al.
/// (arXiv:1505.06798). What each kind of chain does is its own; none of its rounds explains less
/// than the one before. Where the input is constant, only the ridge is left: the factors are fitted
/// to the weight, and the bias makes up for the mean.
///
/// Rows and columns run over the taps first and the channels second.
public abstract class ChainFit implements AutoCloseable {
  /// Ridge, relative to the mean variance of an input.
  private static final double RIDGE = 1e-3;

  /// A share of the input's squares that is no variance but rounding, of single precision as well.
  private static final double ROUNDING = 1e-12;

  final Arena arena = Arena.ofShared();
  private final SingleThreadedBlas blas = new SingleThreadedBlas();
  final List<Long> kernel;
  final int outputs;
  final int inputs;
  final int taps;
  final double[] inputMean;
  private final double ridge;
  private final boolean constant;

  /// The weight, `[O, taps * I]`.
  final DenseMatrix weight;

  /// `S + d I`.
  final DenseMatrix covariance;

  private double[] outputMean;

  /// What the last fit explains of the variance of its targets.
  double explained;

  /// @param samples of the layer's input
  /// @param dense the layer's weight `[O, I, kernel...]`
  /// @throws LinearAlgebraException when the data holds NaN or infinite numbers
  ChainFit(InputMoments samples, Tensor dense) {
    kernel = dense.shape().subList(2, dense.rank());
    outputs = dense.dimension(0);
    inputs = dense.dimension(1);
    taps = dense.size() / (outputs * inputs);
    inputMean = samples.mean();
    outputMean = new double[outputs];
    covariance = samples.covariance(arena);
    double trace = covariance.trace();
    if (!Double.isFinite(trace)) {
      close();
      throw new LinearAlgebraException(
          "its input holds NaN or infinite numbers on the calibration data");
    }
    double squares = trace;
    for (double mean : inputMean) {
      squares += mean * mean;
    }
    constant = isRounding(trace, squares);
    if (constant) {
      covariance.replaceBy(DenseMatrix.zeros(arena, covariance.rows(), covariance.columns()));
    }
    ridge = constant ? 1 : RIDGE * trace / covariance.rows();
    for (int i = 0; i < covariance.rows(); i++) {
      covariance.set(i, i, covariance.get(i, i) + ridge);
    }
    DenseMatrix byChannel = DenseMatrix.of(arena, outputs, inputs * taps, dense.toDoubles());
    weight = tapsFirst(byChannel);
  }

  /// Whether variances are no more than rounding.
  ///
  /// @param squares mean squares, of which the squares of the means were taken away
  static boolean isRounding(double variances, double squares) {
    return variances <= ROUNDING * squares;
  }

  /// `[rows, channel, tap]` as `[rows, tap, channel]`.
  private DenseMatrix tapsFirst(DenseMatrix matrix) {
    DenseMatrix result = DenseMatrix.zeros(arena, outputs, taps * inputs);
    for (int row = 0; row < outputs; row++) {
      for (int c = 0; c < inputs; c++) {
        for (int t = 0; t < taps; t++) {
          result.set(row, t * inputs + c, matrix.get(row, c * taps + t));
        }
      }
    }
    return result;
  }

  /// Mean over the taps of the channel blocks of the second moments, or else of `S + d I`; of a
  /// constant input always the latter.
  final DenseMatrix channelBlock(boolean aroundMean) {
    DenseMatrix mean = DenseMatrix.zeros(arena, inputs, inputs);
    for (int t = 0; t < taps; t++) {
      for (int i = 0; i < inputs; i++) {
        for (int j = 0; j < inputs; j++) {
          double moment = covariance.get(t * inputs + i, t * inputs + j);
          if (!aroundMean && !constant) {
            moment += inputMean[t * inputs + i] * inputMean[t * inputs + j];
          }
          mean.set(i, j, mean.get(i, j) + moment / taps);
        }
      }
    }
    return mean;
  }

  /// Fits to wanted outputs, from where the last fit ended.
  ///
  /// @param rounds of all steps
  /// @throws LinearAlgebraException when a target is NaN or infinite
  public final void fit(TargetMoments targets, int rounds) {
    outputMean = targets.mean();
    try (Arena scratch = Arena.ofConfined()) {
      DenseMatrix cross = cross(scratch, targets);
      if (!Double.isFinite(cross.squaredNorm() + Arrays.stream(outputMean).sum())) {
        throw new LinearAlgebraException(
            "its output holds NaN or infinite numbers on the calibration data");
      }
      cross.add(ridge, weight);
      solve(cross, rounds);
    }
  }

  /// `C`, which a constant input makes zero.
  private DenseMatrix cross(Arena scratch, TargetMoments targets) {
    return constant
        ? DenseMatrix.zeros(scratch, outputs, taps * inputs)
        : targets.covariance(scratch, inputMean);
  }

  /// @param cross `C + d W`, `[O, taps * I]`
  abstract void solve(DenseMatrix cross, int rounds);

  /// The weight that the chain stands for, `[O, taps * I]`.
  abstract DenseMatrix approximation(Arena scratch);

  /// A chain of this kind and size with the factors found, its error that of the weight.
  public abstract Factorization filled(Factorization chain);

  /// What the last fit explains of the variance of its targets, the ridge's share included; never
  /// falls from round to round.
  public final double explained() {
    return explained;
  }

  /// Relative error of the weight.
  final double weightError() {
    try (Arena scratch = Arena.ofConfined()) {
      DenseMatrix difference = approximation(scratch);
      difference.add(-1, weight);
      double total = weight.squaredNorm();
      return total == 0 ? 0 : Math.sqrt(difference.squaredNorm() / total);
    }
  }

  /// Whether the input does not vary, so that the factors are those of the weight.
  public final boolean isConstant() {
    return constant;
  }

  /// The chain's outputs, biases included, for the samples of a block.
  ///
  /// @return `[rows, outputs]`, row by row
  public final double[] predict(PatchBlock block) {
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
  public final double[] bias() {
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
  public final double lostShare(TargetMoments targets) {
    double variance = targets.variance();
    if (variance == 0) {
      return 0;
    }
    try (Arena scratch = Arena.ofConfined()) {
      DenseMatrix map = approximation(scratch);
      DenseMatrix cross = cross(scratch, targets);
      DenseMatrix image = SymmetricEigen.timesSymmetric(scratch, map, covariance);
      image.add(-ridge, map);
      double lost = variance - 2 * cross.dot(map) + image.dot(map);
      return Math.max(0, lost) / variance;
    }
  }

  static Tensor tensor(DenseMatrix matrix) {
    return Tensor.of(
        DataType.F64,
        List.of((long) matrix.rows(), (long) matrix.columns()),
        MemorySegment.ofArray(matrix.toArray()));
  }

  @Override
  public final void close() {
    blas.close();
    arena.close();
  }
}
