package dev.tuckerc.linalg;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Decomposes one convolution weight `[O, I, kernel...]` on its channel modes, at any ranks.
///
/// Initialised by the higher-order singular value decomposition (De Lathauwer, De Moor and
/// Vandewalle 2000), improved by higher-order orthogonal iteration to convergence. Only the left
/// singular vectors of each unfolding are needed, so each comes from the symmetric eigenproblem of
/// the unfolding's Gram matrix; within a sweep the weight is projected on one mode before the Gram
/// matrix of the other is formed. Energies (squared norms) give the error without reconstruction:
/// with orthonormal factors `|W - W'|^2 = |W|^2 - |core|^2`.
///
/// Not safe for use by several threads; several decomposers may run at once.
public final class TuckerDecomposer implements AutoCloseable {
  /// Sweeps stop when one lowers the relative error by less than this.
  private static final double TOLERANCE = 1e-4;

  private static final int MOST_SWEEPS = 50;

  private final SingleThreadedBlas blas = new SingleThreadedBlas();
  private final Arena arena = Arena.ofConfined();
  private final DataType type;
  private final List<Long> kernel;
  private final int outputs;
  private final int inputs;
  private final int taps;

  /// The weight as `[O, I * taps]`, its unfolding on the output channels.
  private final DenseMatrix byOutput;

  /// The weight as `[I, O * taps]`, its unfolding on the input channels.
  private final DenseMatrix byInput;

  private final double energy;
  private @Nullable EigenSolver outputModes;
  private @Nullable EigenSolver inputModes;

  /// @param weight `[O, I, kernel...]` of a floating-point type, finite
  /// @throws LinearAlgebraException when an element is NaN or infinite
  public TuckerDecomposer(Tensor weight) {
    if (weight.rank() < 2 || weight.size() == 0) {
      throw new IllegalArgumentException("weight " + weight.shape() + " is no [O, I, kernel...]");
    }
    type = weight.type();
    kernel = weight.shape().subList(2, weight.rank());
    outputs = weight.dimension(0);
    inputs = weight.dimension(1);
    taps = weight.size() / (outputs * inputs);
    byOutput = DenseMatrix.of(arena, outputs, inputs * taps, weight.toDoubles());
    energy = byOutput.squaredNorm();
    if (!Double.isFinite(energy)) {
      close();
      throw new LinearAlgebraException("the weight holds NaN or infinite elements");
    }
    byInput = DenseMatrix.zeros(arena, inputs, outputs * taps);
    byOutput.swapLeading(outputs, inputs, taps, byInput);
  }

  /// Squared singular values of the unfolding on the output channels, descending.
  public double[] outputSpectrum() {
    return outputModes().values().clone();
  }

  /// Squared singular values of the unfolding on the input channels, descending.
  public double[] inputSpectrum() {
    return inputModes().values().clone();
  }

  /// The decomposition at the given ranks.
  ///
  /// @param rankOut 1 to O
  /// @param rankIn 1 to I
  public Tucker2 decompose(int rankOut, int rankIn) {
    if (rankOut < 1 || rankOut > outputs || rankIn < 1 || rankIn > inputs) {
      throw new IllegalArgumentException(
          "ranks " + rankIn + " -> " + rankOut + " for a weight " + inputs + " -> " + outputs);
    }
    if (rankOut < outputs && rankIn < inputs) {
      return iterate(rankOut, rankIn);
    }
    DenseMatrix left =
        rankOut == outputs
            ? DenseMatrix.identity(arena, outputs)
            : outputModes().vectors().head(rankOut);
    DenseMatrix right =
        rankIn == inputs
            ? DenseMatrix.identity(arena, inputs)
            : inputModes().vectors().head(rankIn);
    DenseMatrix projectedOutput = byInput;
    if (rankOut < outputs) {
      DenseMatrix product = DenseMatrix.zeros(arena, rankOut, inputs * taps);
      DenseMatrix swapped = DenseMatrix.zeros(arena, inputs, rankOut * taps);
      projectedOutput = left.times(byOutput, product).swapLeading(rankOut, inputs, taps, swapped);
    }
    return finish(left, right, projectedOutput, 0);
  }

  /// Alternates between the best output factor for the input factor and the reverse. Needs the
  /// initial input factor only, because the first step replaces the output factor. All sweeps but
  /// the last run in float32: they choose where the last one, in float64, starts from.
  private Tucker2 iterate(int rankOut, int rankIn) {
    if (energy == 0) {
      return sweep(inputModes().vectors().head(rankIn), rankOut, 1);
    }
    // Scaled to unit norm, so that squares neither overflow nor vanish.
    double scale = 1 / Math.sqrt(energy);
    SingleMatrix byOutputs = SingleMatrix.of(arena, byOutput, scale);
    SingleMatrix byInputs = SingleMatrix.of(arena, byInput, scale);
    SingleMatrix productOfInput = SingleMatrix.zeros(arena, rankIn, outputs * taps);
    SingleMatrix projectedInput = SingleMatrix.zeros(arena, outputs, rankIn * taps);
    SingleMatrix productOfOutput = SingleMatrix.zeros(arena, rankOut, inputs * taps);
    SingleMatrix projectedOutput = SingleMatrix.zeros(arena, inputs, rankOut * taps);
    SingleMatrix leftValues = SingleMatrix.zeros(arena, 1, outputs);
    SingleMatrix rightValues = SingleMatrix.zeros(arena, 1, inputs);
    SingleMatrix leftVectors = SingleMatrix.zeros(arena, outputs, outputs);
    SingleMatrix rightVectors = SingleMatrix.zeros(arena, inputs, inputs);
    SingleMatrix left = leftVectors.tail(rankOut);
    SingleMatrix right = SingleMatrix.of(arena, inputModes().vectors().head(rankIn), 1);
    double error = Double.POSITIVE_INFINITY;
    for (int sweep = 1; ; sweep++) {
      right.times(byInputs, productOfInput).swapLeading(rankIn, outputs, taps, projectedInput);
      projectedInput.eigen(leftValues, leftVectors);
      left.times(byOutputs, productOfOutput).swapLeading(rankOut, inputs, taps, projectedOutput);
      projectedOutput.eigen(rightValues, rightVectors);
      right = rightVectors.tail(rankIn);
      double newError = Math.sqrt(Math.max(0, 1 - rightValues.sumOfLast(rankIn)));
      if (error - newError < TOLERANCE || sweep == MOST_SWEEPS) {
        return sweep(right.widened(arena), rankOut, sweep + 1);
      }
      error = newError;
    }
  }

  /// One sweep in float64, and the decomposition it leads to.
  private Tucker2 sweep(DenseMatrix initialRight, int rankOut, int sweeps) {
    int rankIn = initialRight.rows();
    DenseMatrix projectedInput = DenseMatrix.zeros(arena, outputs, rankIn * taps);
    initialRight
        .times(byInput, DenseMatrix.zeros(arena, rankIn, outputs * taps))
        .swapLeading(rankIn, outputs, taps, projectedInput);
    DenseMatrix left =
        new EigenSolver(arena, outputs).solve(projectedInput).vectors().head(rankOut);
    DenseMatrix projectedOutput = DenseMatrix.zeros(arena, inputs, rankOut * taps);
    left.times(byOutput, DenseMatrix.zeros(arena, rankOut, inputs * taps))
        .swapLeading(rankOut, inputs, taps, projectedOutput);
    DenseMatrix right =
        new EigenSolver(arena, inputs).solve(projectedOutput).vectors().head(rankIn);
    return finish(left, right, projectedOutput, sweeps);
  }

  /// @param projectedOutput the weight projected on the output factor, as `[I, rankOut * taps]`
  private Tucker2 finish(
      DenseMatrix left, DenseMatrix right, DenseMatrix projectedOutput, int sweeps) {
    int rankOut = left.rows();
    int rankIn = right.rows();
    DenseMatrix byRankIn = projectedOutput;
    if (rankIn < inputs) {
      byRankIn = right.times(projectedOutput, DenseMatrix.zeros(arena, rankIn, rankOut * taps));
    }
    DenseMatrix core = DenseMatrix.zeros(arena, rankOut, rankIn * taps);
    byRankIn.swapLeading(rankIn, rankOut, taps, core);
    boolean full = rankOut == outputs && rankIn == inputs;
    List<Long> coreShape = new ArrayList<>(List.of((long) rankOut, (long) rankIn));
    coreShape.addAll(kernel);
    return new Tucker2(
        transposed(left),
        tensor(coreShape, core.toArray()),
        transposed(right),
        full ? 0 : relativeError(core.squaredNorm()),
        sweeps);
  }

  private double relativeError(double kept) {
    return energy == 0 ? 0 : Math.sqrt(Math.max(0, 1 - kept / energy));
  }

  private EigenSolver outputModes() {
    EigenSolver modes = outputModes;
    if (modes == null) {
      modes = new EigenSolver(arena, outputs).solve(byOutput);
      outputModes = modes;
    }
    return modes;
  }

  private EigenSolver inputModes() {
    EigenSolver modes = inputModes;
    if (modes == null) {
      modes = new EigenSolver(arena, inputs).solve(byInput);
      inputModes = modes;
    }
    return modes;
  }

  private Tensor transposed(DenseMatrix vectors) {
    int length = vectors.columns();
    int rank = vectors.rows();
    DenseMatrix columns = DenseMatrix.zeros(arena, length, rank);
    vectors.swapLeading(rank, length, 1, columns);
    return tensor(List.of((long) length, (long) rank), columns.toArray());
  }

  private Tensor tensor(List<Long> shape, double[] values) {
    return Tensor.ofDoubles(shape, values).convert(type);
  }

  @Override
  public void close() {
    arena.close();
    blas.close();
  }
}
