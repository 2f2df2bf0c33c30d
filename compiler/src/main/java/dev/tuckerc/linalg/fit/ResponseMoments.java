package dev.tuckerc.linalg.fit;

import dev.tuckerc.linalg.matrix.DenseMatrix;
import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.linalg.matrix.SingleThreadedBlas;
import dev.tuckerc.linalg.matrix.SymmetricEigen;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Sums over samples of a layer's input and output from which follows what each mode of its weight
/// is worth on data, in float64: the spectra of the weight's unfoldings in the norm of the
/// covariances, not of the identity.
///
/// With patches `x` (taps outer, channels inner) and outputs `y = W x`, the output mode has the
/// spectrum of the covariance of `y`: what it loses beyond a rank is what reduced-rank regression
/// loses. The input mode has that of `sum_t W_t^T W_t` in the norm of the channels' mean
/// covariance, the kernels that of the weight's rows of taps in the norm of the taps' mean
/// covariance.
public final class ResponseMoments implements AutoCloseable {
  private final SingleThreadedBlas blas = new SingleThreadedBlas();
  private final Arena arena = Arena.ofShared();
  private final int channels;
  private final int taps;
  private final int outputs;
  private final double[] inputSum;
  private final double[] outputSum;
  private final DenseMatrix channelProducts;
  private final DenseMatrix tapProducts;
  private final DenseMatrix outputProducts;
  private long count;

  /// @param channels of the input
  /// @param taps of the kernel
  /// @param outputs channels of the output
  public ResponseMoments(int channels, int taps, int outputs) {
    this.channels = channels;
    this.taps = taps;
    this.outputs = outputs;
    inputSum = new double[taps * channels];
    outputSum = new double[outputs];
    channelProducts = DenseMatrix.zeros(arena, channels, channels);
    tapProducts = DenseMatrix.zeros(arena, taps, taps);
    outputProducts = DenseMatrix.zeros(arena, outputs, outputs);
  }

  /// Adds samples.
  ///
  /// @param responses `[rows, outputs]`, row by row
  public void add(PatchBlock block, double[] responses) {
    DenseMatrix x = block.matrix();
    int rows = x.rows();
    try (Arena scratch = Arena.ofConfined()) {
      DenseMatrix pixels = x.reshaped(rows * taps, channels);
      channelProducts.add(1, pixels.transposedTimes(scratch, pixels));
      DenseMatrix byTap = DenseMatrix.zeros(scratch, taps, rows * channels);
      x.swapLeading(rows, taps, channels, byTap);
      tapProducts.add(1, byTap.timesTransposed(scratch, byTap));
      DenseMatrix y = DenseMatrix.of(scratch, rows, outputs, responses);
      outputProducts.add(1, y.transposedTimes(scratch, y));
    }
    for (int row = 0; row < rows; row++) {
      for (int i = 0; i < inputSum.length; i++) {
        inputSum[i] += x.get(row, i);
      }
      for (int o = 0; o < outputs; o++) {
        outputSum[o] += responses[row * outputs + o];
      }
    }
    count += rows;
  }

  /// Variances of the output along its principal axes, descending.
  ///
  /// @throws LinearAlgebraException when a sample is NaN or infinite
  public double[] outputSpectrum() {
    try (Arena scratch = Arena.ofConfined()) {
      return SymmetricEigen.values(outputCovariance(scratch));
    }
  }

  private DenseMatrix outputCovariance(Arena scratch) {
    DenseMatrix covariance = DenseMatrix.zeros(scratch, outputs, outputs);
    for (int i = 0; i < outputs; i++) {
      for (int j = 0; j < outputs; j++) {
        double mean = outputSum[i] / count * (outputSum[j] / count);
        covariance.set(i, j, outputProducts.get(i, j) / count - mean);
      }
    }
    return exact(covariance, outputProducts.trace() / count);
  }

  /// The projection onto the leading principal axes of the output, `[outputs, outputs]`.
  ///
  /// @param rank number of axes
  /// @throws LinearAlgebraException when a sample is NaN or infinite
  public double[] outputProjection(int rank) {
    try (Arena scratch = Arena.ofConfined()) {
      DenseMatrix axes = SymmetricEigen.leading(scratch, outputCovariance(scratch), rank);
      return axes.transposedTimes(scratch, axes).toArray();
    }
  }

  /// Mean of each output.
  public double[] outputMean() {
    return Arrays.stream(outputSum).map(sum -> sum / count).toArray();
  }

  /// The spectrum of a weight's input mode, descending.
  ///
  /// @param weight `[outputs, channels, kernel...]`
  /// @throws LinearAlgebraException when a sample is NaN or infinite
  public double[] inputSpectrum(Tensor weight) {
    try (Arena scratch = Arena.ofConfined()) {
      DenseMatrix covariance =
          meanCovariance(scratch, channelProducts, channels, 1, taps, channels);
      DenseMatrix byOutput = DenseMatrix.of(scratch, outputs, weight, 1);
      DenseMatrix byInput = DenseMatrix.zeros(scratch, channels, outputs * taps);
      byOutput.swapLeading(outputs, channels, taps, byInput);
      return spectrum(scratch, byInput.gram(scratch), covariance);
    }
  }

  /// Covariance of one axis of the inputs, the mean over the other.
  ///
  /// @param products sums of products along the axis
  /// @param size of the axis
  /// @param stride of the axis among the inputs
  /// @param others size of the other axis
  /// @param otherStride its stride
  private DenseMatrix meanCovariance(
      Arena scratch, DenseMatrix products, int size, int stride, int others, int otherStride) {
    DenseMatrix covariance = DenseMatrix.zeros(scratch, size, size);
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < size; j++) {
        double means = 0;
        for (int other = 0; other < others; other++) {
          int first = i * stride + other * otherStride;
          int second = j * stride + other * otherStride;
          means += inputSum[first] / count * (inputSum[second] / count);
        }
        covariance.set(i, j, (products.get(i, j) / count - means) / others);
      }
    }
    return exact(covariance, products.trace() / count / others);
  }

  /// The spectrum of a weight's kernels, descending.
  ///
  /// @param weight `[outputs, channels, kernel...]`
  /// @throws LinearAlgebraException when a sample is NaN or infinite
  public double[] kernelSpectrum(Tensor weight) {
    try (Arena scratch = Arena.ofConfined()) {
      DenseMatrix covariance = meanCovariance(scratch, tapProducts, taps, channels, channels, 1);
      DenseMatrix kernels = DenseMatrix.of(scratch, outputs * channels, weight, 1);
      return spectrum(scratch, kernels.transposedTimes(scratch, kernels), covariance);
    }
  }

  /// A weight in the norm of the channels' mean covariance: its squared norm, and that of what a
  /// factorization loses of it, are to first order variances of the outputs.
  ///
  /// @param weight `[outputs, channels, kernel...]`
  /// @return of the same shape, of type F64
  /// @throws LinearAlgebraException when a sample is NaN or infinite
  public Tensor inChannelNorm(Tensor weight) {
    try (Arena scratch = Arena.ofConfined()) {
      DenseMatrix covariance =
          meanCovariance(scratch, channelProducts, channels, 1, taps, channels);
      DenseMatrix root = root(scratch, covariance);
      DenseMatrix byInput = DenseMatrix.zeros(scratch, channels, outputs * taps);
      DenseMatrix.of(scratch, outputs, weight, 1).swapLeading(outputs, channels, taps, byInput);
      DenseMatrix byOutput = DenseMatrix.zeros(scratch, outputs, channels * taps);
      root.times(scratch, byInput).swapLeading(channels, outputs, taps, byOutput);
      return Tensor.of(DataType.F64, weight.shape(), MemorySegment.ofArray(byOutput.toArray()));
    }
  }

  /// Eigenvalues of the product of two positive semidefinite matrices: those of `S A S^T` with `S^T
  /// S = B`.
  private static double[] spectrum(Arena scratch, DenseMatrix a, DenseMatrix b) {
    DenseMatrix root = root(scratch, b);
    return SymmetricEigen.values(
        SymmetricEigen.timesSymmetric(scratch, root, a).timesTransposed(scratch, root));
  }

  /// `S` with `S^T S = b`.
  ///
  /// @param b is overwritten
  private static DenseMatrix root(Arena scratch, DenseMatrix b) {
    DenseMatrix root = SymmetricEigen.leading(scratch, b, b.rows());
    double[] values = SymmetricEigen.values(b);
    for (int row = 0; row < root.rows(); row++) {
      double scale = Math.sqrt(values[row]);
      for (int column = 0; column < root.columns(); column++) {
        root.set(row, column, root.get(row, column) * scale);
      }
    }
    return root;
  }

  /// The covariance, or zero where it is only what rounding leaves of something constant.
  ///
  /// @param squares mean squares, summed
  private static DenseMatrix exact(DenseMatrix covariance, double squares) {
    if (!Double.isFinite(covariance.squaredNorm())) {
      throw new LinearAlgebraException("the calibration data makes NaN or infinite values");
    }
    if (ChainFit.isRounding(covariance.trace(), squares)) {
      covariance.data().fill((byte) 0);
    }
    return covariance;
  }

  @Override
  public void close() {
    arena.close();
    blas.close();
  }
}
