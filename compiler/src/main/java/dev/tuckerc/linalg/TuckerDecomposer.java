package dev.tuckerc.linalg;

import dev.tuckerc.linalg.matrix.DenseMatrix;
import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.linalg.matrix.SingleThreadedBlas;
import dev.tuckerc.linalg.matrix.SymmetricEigen;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// Decomposes one convolution weight `[O, I, kernel...]` on its channel modes, at any ranks.
///
/// Initialised by the higher-order singular value decomposition (De Lathauwer, De Moor and
/// Vandewalle 2000), improved by higher-order orthogonal iteration to convergence. Only the left
/// singular vectors of each unfolding are needed, so each comes from the symmetric eigenproblem of
/// the unfolding's Gram matrix; within a sweep the weight is projected on one mode before the Gram
/// matrix of the other is formed, and on large modes two steps of orthogonal iteration from the
/// former factor take the place of the eigenproblem. Energies (squared norms) give the error
/// without reconstruction: with orthonormal factors `|W - W'|^2 = |W|^2 - |core|^2`.
///
/// Everything is computed in float64 on the weight divided by a power of two near its largest
/// magnitude, so that squares neither overflow nor vanish. What is computed of the whole weight is
/// computed tap by tap, so beside the weight no more is held than its channels are large. Memory
/// that one decomposition needs is freed at its end.
///
/// Not safe for use by several threads; several decomposers may run at once.
public final class TuckerDecomposer implements AutoCloseable {
  /// Sweeps stop when one lowers the squared error by less than this share of it.
  private static final double TOLERANCE = 2e-4;

  /// Gains of this share of the energy are rounding.
  private static final double ROUNDING = 1e-14;

  private static final int MOST_SWEEPS = 200;

  /// Multiply-accumulates spent on sweeps after the first: half a second of one core. Only layers
  /// of hundreds of channels with a flat spectrum reach it; what is left to gain there is below 1 %
  /// of the error.
  private static final double EFFORT = 3e9;

  /// Modes up to this size are solved for exactly in every sweep.
  private static final int SMALL = 64;

  /// Steps of orthogonal iteration in a sweep, and in the first sweep, which starts anywhere.
  private static final int STEPS = 2;

  private static final int FIRST_STEPS = 6;

  private final SingleThreadedBlas blas = new SingleThreadedBlas();
  private final Arena arena = Arena.ofConfined();
  private final List<Long> kernel;
  private final int outputs;
  private final int inputs;
  private final int taps;
  private final double scale;
  private final WeightByTaps slices;
  private final double energy;
  private @Nullable DenseMatrix outputGram;
  private @Nullable DenseMatrix inputGram;

  /// @param weight `[O, I, kernel...]` of a floating-point type, finite
  /// @throws LinearAlgebraException when an element is NaN or infinite
  public TuckerDecomposer(Tensor weight) {
    if (weight.rank() < 2 || weight.size() == 0) {
      throw new IllegalArgumentException("weight " + weight.shape() + " is no [O, I, kernel...]");
    }
    kernel = weight.shape().subList(2, weight.rank());
    outputs = weight.dimension(0);
    inputs = weight.dimension(1);
    taps = weight.size() / (outputs * inputs);
    scale = powerOfTwo(weight);
    slices = new WeightByTaps(arena, weight, scale);
    energy = slices.squaredNorm();
    if (!Double.isFinite(energy)) {
      close();
      throw new LinearAlgebraException("the weight holds NaN or infinite elements");
    }
  }

  /// A power of two near the largest magnitude: dividing by it is exact.
  static double powerOfTwo(Tensor tensor) {
    double largest = tensor.magnitude();
    return largest > 0 && Double.isFinite(largest)
        ? Math.scalb(1.0, Math.max(Math.getExponent(largest), Double.MIN_EXPONENT))
        : 1;
  }

  /// The left singular vectors of the unfolding on the output channels, `[O, O]`, one a column, by
  /// falling singular value. The leading ones are a factor of the truncated higher-order singular
  /// value decomposition.
  public Tensor outputVectors() {
    return vectors(outputGram());
  }

  /// The same of the input channels, `[I, I]`.
  public Tensor inputVectors() {
    return vectors(inputGram());
  }

  private static Tensor vectors(DenseMatrix gram) {
    try (Arena scratch = Arena.ofConfined()) {
      return tensor(SymmetricEigen.leading(scratch, gram, gram.rows()).transposed(scratch));
    }
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
    try (Arena scratch = Arena.ofConfined()) {
      if (rankOut < outputs && rankIn < inputs) {
        return iterate(scratch, rankOut, rankIn);
      }
      DenseMatrix left =
          rankOut == outputs
              ? DenseMatrix.identity(scratch, outputs)
              : SymmetricEigen.leading(scratch, outputGram(), rankOut);
      DenseMatrix right =
          rankIn == inputs
              ? DenseMatrix.identity(scratch, inputs)
              : SymmetricEigen.leading(scratch, inputGram(), rankIn);
      return finish(left, right, 0);
    }
  }

  /// Alternates between the best output factor for the input factor and the reverse. Needs the
  /// initial input factor only, because the first step replaces the output factor.
  private Tucker2 iterate(Arena scratch, int rankOut, int rankIn) {
    DenseMatrix left = start(scratch, rankOut, outputs);
    DenseMatrix right = SymmetricEigen.leading(scratch, inputGram(), rankIn);
    double sweepsAffordable = EFFORT / multiplyAccumulates(rankOut, rankIn);
    double explained = 0;
    for (int sweep = 1; ; sweep++) {
      double newExplained;
      try (Arena step = Arena.ofConfined()) {
        DenseMatrix gram = gramOfOutputs(step, right);
        improve(gram, left, sweep == 1 ? FIRST_STEPS : STEPS);
        gram = gramOfInputs(step, left);
        improve(gram, right, STEPS);
        newExplained = SymmetricEigen.timesSymmetric(step, right, gram).dot(right);
      }
      double gain = newExplained - explained;
      double lost = Math.max(0, energy - newExplained);
      boolean converged = gain <= TOLERANCE * lost + ROUNDING * energy;
      if (converged || sweep == MOST_SWEEPS || sweep >= sweepsAffordable) {
        return finish(left, right, sweep);
      }
      explained = newExplained;
    }
  }

  /// Replaces rows by the leading eigenvectors of a Gram matrix, for a large one by rows nearer to
  /// them.
  private static void improve(DenseMatrix gram, DenseMatrix rows, int steps) {
    if (gram.rows() > SMALL) {
      SymmetricEigen.improve(gram, rows, steps);
      return;
    }
    try (Arena scratch = Arena.ofConfined()) {
      rows.replaceBy(SymmetricEigen.leading(scratch, gram, rows.rows()));
    }
  }

  /// Pseudo-random orthonormal rows, always the same.
  private static DenseMatrix start(Arena scratch, int count, int length) {
    SplittableRandom random = new SplittableRandom(count * 31L + length);
    DenseMatrix rows = DenseMatrix.zeros(scratch, count, length);
    for (int row = 0; row < count; row++) {
      for (int column = 0; column < length; column++) {
        rows.set(row, column, random.nextDouble(-1, 1));
      }
    }
    return SymmetricEigen.orthonormalize(rows);
  }

  /// Multiply-accumulates of one sweep: two projections and two Gram matrices.
  private double multiplyAccumulates(int rankOut, int rankIn) {
    double project = (double) outputs * inputs * taps * (rankIn + rankOut);
    double grams =
        0.5 * taps * ((double) outputs * outputs * rankIn + (double) inputs * inputs * rankOut);
    return project + grams;
  }

  /// The Gram matrix of the unfolding on the output channels, of the weight projected on an input
  /// factor.
  private DenseMatrix gramOfOutputs(Arena scratch, DenseMatrix right) {
    DenseMatrix gram = DenseMatrix.zeros(scratch, outputs, outputs);
    DenseMatrix projected = DenseMatrix.zeros(scratch, outputs, right.rows());
    slices.forEachTap((_, slice) -> slice.timesTransposed(right, projected).addGram(gram));
    return gram;
  }

  /// The same on the input channels, of the weight projected on an output factor.
  private DenseMatrix gramOfInputs(Arena scratch, DenseMatrix left) {
    DenseMatrix gram = DenseMatrix.zeros(scratch, inputs, inputs);
    DenseMatrix projected = DenseMatrix.zeros(scratch, left.rows(), inputs);
    slices.forEachTap((_, slice) -> left.times(slice, projected).addTransposedGram(gram));
    return gram;
  }

  private Tucker2 finish(DenseMatrix left, DenseMatrix right, int sweeps) {
    int rankOut = left.rows();
    int rankIn = right.rows();
    boolean full = rankOut == outputs && rankIn == inputs;
    List<Long> coreShape = new ArrayList<>(List.of((long) rankOut, (long) rankIn));
    coreShape.addAll(kernel);
    double[] values = new double[rankOut * rankIn * taps];
    double[] kept = {0};
    try (Arena scratch = Arena.ofConfined()) {
      DenseMatrix onOutput = DenseMatrix.zeros(scratch, rankOut, inputs);
      DenseMatrix core = DenseMatrix.zeros(scratch, rankOut, rankIn);
      slices.forEachTap((tap, slice) -> {
        DenseMatrix half = rankOut == outputs ? slice : left.times(slice, onOutput);
        double[] elements = (rankIn == inputs ? half : half.timesTransposed(right, core)).toArray();
        for (int i = 0; i < elements.length; i++) {
          kept[0] += elements[i] * elements[i];
          values[i * taps + tap] = elements[i] * scale;
        }
      });
    }
    try (Arena scratch = Arena.ofConfined()) {
      return new Tucker2(
          tensor(left.transposed(scratch)),
          Tensor.of(DataType.F64, coreShape, MemorySegment.ofArray(values)),
          tensor(right.transposed(scratch)),
          full || energy == 0 ? 0 : Math.sqrt(Math.max(0, 1 - kept[0] / energy)),
          sweeps);
    }
  }

  private static Tensor tensor(DenseMatrix matrix) {
    return Tensor.of(
        DataType.F64,
        List.of((long) matrix.rows(), (long) matrix.columns()),
        MemorySegment.ofArray(matrix.toArray()));
  }

  private DenseMatrix outputGram() {
    DenseMatrix gram = outputGram;
    if (gram == null) {
      DenseMatrix made = DenseMatrix.zeros(arena, outputs, outputs);
      slices.forEachTap((_, slice) -> slice.addGram(made));
      gram = made;
      outputGram = gram;
    }
    return gram;
  }

  private DenseMatrix inputGram() {
    DenseMatrix gram = inputGram;
    if (gram == null) {
      DenseMatrix made = DenseMatrix.zeros(arena, inputs, inputs);
      slices.forEachTap((_, slice) -> slice.addTransposedGram(made));
      gram = made;
      inputGram = gram;
    }
    return gram;
  }

  @Override
  public void close() {
    arena.close();
    blas.close();
  }
}
