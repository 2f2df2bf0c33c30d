package dev.tuckerc.linalg;

import dev.tuckerc.linalg.Factorization.Factor;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Factorizes one weight `[O, I/groups, kernel...]` in every way that is known, each group by
/// itself. Works on the weight only when asked to.
///
/// Not safe for use by several threads; several may run at once.
public final class Factorizer implements AutoCloseable {
  private final Tensor weight;
  private final int groups;
  private @Nullable List<TuckerDecomposer> decomposers;

  /// @param weight of a floating-point type
  /// @param groups divides O
  public Factorizer(Tensor weight, long groups) {
    this.weight = weight;
    this.groups = Math.toIntExact(groups);
  }

  /// Squared singular values of the unfolding on the output channels of a group, descending, summed
  /// over the groups.
  ///
  /// @throws LinearAlgebraException when the weight holds NaN or infinite elements
  public double[] outputSpectrum() {
    return sum(TuckerDecomposer::outputSpectrum);
  }

  /// The same of the input channels.
  public double[] inputSpectrum() {
    return sum(TuckerDecomposer::inputSpectrum);
  }

  private double[] sum(Function<TuckerDecomposer, double[]> spectrum) {
    double[] total = new double[0];
    for (TuckerDecomposer decomposer : decomposers()) {
      double[] one = spectrum.apply(decomposer);
      total = total.length == 0 ? one : add(total, one);
    }
    return total;
  }

  private static double[] add(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> a[i] + b[i]).toArray();
  }

  /// Tucker-2: a 1x1 reduction `R`, a core `C`, a 1x1 expansion `E` (TDC, PPoPP 2023). A mode at
  /// full rank has no factor of its own: `RC-E`, `R-CE`.
  ///
  /// @param rankIn of each group, 1 to `I/groups`
  /// @param rankOut of each group, 1 to `O/groups`; not both full
  /// @throws LinearAlgebraException when the weight holds NaN or infinite elements
  public Factorization tucker(int rankIn, int rankOut) {
    int inputs = weight.dimension(1);
    int outputs = weight.dimension(0) / groups;
    List<Tucker2> parts =
        decomposers().stream().map(decomposer -> decomposer.decompose(rankOut, rankIn)).toList();
    boolean reduces = rankIn < inputs;
    boolean expands = rankOut < outputs;
    if (!reduces && !expands) {
      throw new IllegalArgumentException("both ranks are full: there is nothing to factorize");
    }
    List<Factor> factors = new ArrayList<>();
    List<Integer> all = IntStream.range(0, weight.rank() - 2).boxed().toList();
    if (reduces) {
      factors.add(
          new Factor(
              "reduce",
              pointwise(stack(parts.stream().map(p -> transposed(p.inputFactor())).toList())),
              groups,
              List.of()));
    }
    factors.add(new Factor("core", stack(parts.stream().map(Tucker2::core).toList()), groups, all));
    if (expands) {
      factors.add(
          new Factor(
              "expand",
              pointwise(stack(parts.stream().map(Tucker2::outputFactor).toList())),
              groups,
              List.of()));
    }
    String form = reduces ? (expands ? "R-C-E" : "R-CE") : "RC-E";
    return new Factorization(form, factors, error(parts));
  }

  /// Truncated singular value decomposition of a matrix or a 1x1 convolution (Eckart and Young
  /// 1936): a reduction, which carries the window, and an expansion.
  ///
  /// @param rank of each group, 1 to the lesser of `I/groups` and `O/groups`
  /// @throws LinearAlgebraException when the weight holds NaN or infinite elements
  public Factorization singularValues(int rank) {
    if (weight.size() != weight.dimension(0) * weight.dimension(1)) {
      throw new IllegalArgumentException("weight " + weight.shape() + " has more than one tap");
    }
    // A matrix is a weight with one tap: with one mode at full rank Tucker-2 is the SVD.
    int inputs = weight.dimension(1);
    int outputs = weight.dimension(0) / groups;
    boolean wide = outputs <= inputs;
    Factorization tucker = wide ? tucker(inputs, rank) : tucker(rank, outputs);
    List<Integer> all = IntStream.range(0, weight.rank() - 2).boxed().toList();
    Factor reduce = tucker.factors().getFirst();
    Factor expand = tucker.factors().getLast();
    return new Factorization(
        "R-E",
        List.of(
            new Factor("reduce", reduce.weight(), groups, all),
            new Factor("expand", expand.weight(), groups, List.of())),
        tucker.relativeError());
  }

  /// A basis of kernels that all channels share, and coefficients (PENNI, ICML 2020): `W[o,i,:] =
  /// sum_b A[o,i,b] B[b,:]` by the uncentred SVD of the kernels `[O * I, taps]`. `B` is a depthwise
  /// convolution with `rank` outputs a channel, `A` a 1x1 convolution.
  ///
  /// @param rank kernels in the basis, 1 to the taps
  /// @throws LinearAlgebraException when the weight holds NaN or infinite elements
  public Factorization basis(int rank) {
    if (groups != 1) {
      throw new IllegalArgumentException("a grouped convolution has no shared basis");
    }
    int outputs = weight.dimension(0);
    int inputs = weight.dimension(1);
    int taps = weight.size() / (outputs * inputs);
    Tensor kernels = weight.reshape(List.of((long) outputs * inputs, (long) taps));
    LowRankMatrix low = LowRankMatrix.truncate(kernels, rank);
    double[] basis = low.right().toDoubles();
    double[] repeated = new double[inputs * rank * taps];
    for (int i = 0; i < inputs; i++) {
      System.arraycopy(basis, 0, repeated, i * rank * taps, rank * taps);
    }
    List<Long> basisShape = new ArrayList<>(List.of((long) inputs * rank, 1L));
    basisShape.addAll(weight.shape().subList(2, weight.rank()));
    List<Integer> all = IntStream.range(0, weight.rank() - 2).boxed().toList();
    Tensor coefficients = low.left().reshape(List.of((long) outputs, (long) inputs * rank));
    return new Factorization(
        "B-A",
        List.of(
            new Factor("basis", Tensor.ofDoubles(basisShape, repeated), inputs, all),
            new Factor("coefficients", pointwise(coefficients), 1, List.of())),
        low.relativeError());
  }

  private double error(List<Tucker2> parts) {
    double lost = 0;
    double total = 0;
    List<TuckerDecomposer> all = decomposers();
    for (int group = 0; group < groups; group++) {
      double error = parts.get(group).relativeError();
      lost += error * error * all.get(group).energy();
      total += all.get(group).energy();
    }
    return total == 0 ? 0 : Math.sqrt(lost / total);
  }

  /// The matrix `[outputs, inputs]` as a weight of a 1x1 convolution.
  private Tensor pointwise(Tensor matrix) {
    List<Long> shape = new ArrayList<>(matrix.shape());
    shape.addAll(Collections.nCopies(weight.rank() - 2, 1L));
    return matrix.reshape(shape);
  }

  /// Tensors of one shape, one after the other along their first axis.
  private static Tensor stack(List<Tensor> tensors) {
    List<Long> shape = new ArrayList<>(tensors.getFirst().shape());
    shape.set(0, shape.getFirst() * tensors.size());
    Tensor result = Tensor.zeros(DataType.F64, shape);
    long at = 0;
    for (Tensor tensor : tensors) {
      result.data().asSlice(at, tensor.data().byteSize()).copyFrom(tensor.data());
      at += tensor.data().byteSize();
    }
    return result;
  }

  private static Tensor transposed(Tensor matrix) {
    int rows = matrix.dimension(0);
    int columns = matrix.dimension(1);
    double[] result = new double[rows * columns];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        result[column * rows + row] = matrix.getDouble(row * columns + column);
      }
    }
    return Tensor.ofDoubles(List.of((long) columns, (long) rows), result);
  }

  private List<TuckerDecomposer> decomposers() {
    List<TuckerDecomposer> made = decomposers;
    if (made == null) {
      made = new ArrayList<>();
      decomposers = made;
      List<Long> shape = new ArrayList<>(weight.shape());
      shape.set(0, shape.getFirst() / groups);
      long bytes = weight.data().byteSize() / groups;
      for (int group = 0; group < groups; group++) {
        Tensor part = Tensor.of(weight.type(), shape, weight.data().asSlice(group * bytes, bytes));
        made.add(new TuckerDecomposer(part));
      }
    }
    return made;
  }

  @Override
  public void close() {
    if (decomposers != null) {
      decomposers.forEach(TuckerDecomposer::close);
    }
  }
}
