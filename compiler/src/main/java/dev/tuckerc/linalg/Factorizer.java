package dev.tuckerc.linalg;

import dev.tuckerc.linalg.Factorization.Factor;
import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Factorizes one weight `[O, I/groups, kernel...]` in every way that is known, each group by
/// itself. Works on the weight only when asked to.
///
/// Not safe for use by several threads; several may run at once.
public final class Factorizer implements AutoCloseable {
  /// Multiply-accumulates spent on an estimate: a tenth of a second.
  private static final double BRIEF = 1e9;

  private final Tensor weight;
  private final int groups;
  private @Nullable List<TuckerDecomposer> decomposers;

  /// @param weight of a floating-point type
  /// @param groups divides O
  public Factorizer(Tensor weight, long groups) {
    this.weight = weight;
    this.groups = Math.toIntExact(groups);
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
              pointwise(
                  FactorTensors.stack(
                      parts.stream().map(p -> FactorTensors.transposed(p.inputFactor())).toList())),
              groups,
              List.of()));
    }
    factors.add(
        new Factor(
            "core", FactorTensors.stack(parts.stream().map(Tucker2::core).toList()), groups, all));
    if (expands) {
      factors.add(
          new Factor(
              "expand",
              pointwise(FactorTensors.stack(parts.stream().map(Tucker2::outputFactor).toList())),
              groups,
              List.of()));
    }
    String form = reduces ? (expands ? "R-C-E" : "R-CE") : "RC-E";
    return new Factorization(
        form, factors, error(parts.stream().map(Tucker2::relativeError).toList()));
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
    long inputs = weight.dimension(1);
    long outputs = weight.dimension(0) / groups;
    List<LowRankMatrix> parts =
        slices().stream()
            .map(part -> LowRankMatrix.truncate(part.reshape(List.of(outputs, inputs)), rank))
            .toList();
    List<Integer> all = IntStream.range(0, weight.rank() - 2).boxed().toList();
    Tensor reduce = FactorTensors.stack(parts.stream().map(LowRankMatrix::right).toList());
    Tensor expand = FactorTensors.stack(parts.stream().map(LowRankMatrix::left).toList());
    return new Factorization(
        "R-E",
        List.of(
            new Factor("reduce", pointwise(reduce), groups, all),
            new Factor("expand", pointwise(expand), groups, List.of())),
        error(parts.stream().map(LowRankMatrix::relativeError).toList()));
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

  /// A tensor train, folded into the fewest convolutions: the cores of the output modes are one 1x1
  /// expansion, those of the input modes one 1x1 reduction (ADMM for tensor trains: Yin et al.,
  /// CVPR 2021, whose train is `[o1..om, taps, i1..in]`; without taps for a matrix). With one mode
  /// on each side it is Tucker-2 by truncation; more modes leave fewer parameters to learn or to
  /// store, not fewer to multiply.
  ///
  /// @param outputModes whose product is the outputs of a group
  /// @param inputModes whose product is the inputs of a group
  /// @param ranks between neighbouring modes, see [TensorTrain#decompose]
  /// @throws LinearAlgebraException when the weight holds NaN or infinite elements
  public Factorization tensorTrain(
      List<Integer> outputModes, List<Integer> inputModes, List<Integer> ranks) {
    int outputs = weight.dimension(0) / groups;
    int inputs = weight.dimension(1);
    if (product(outputModes) != outputs || product(inputModes) != inputs) {
      throw new IllegalArgumentException(
          outputModes + " x " + inputModes + " for a weight " + weight.shape());
    }
    int taps = weight.size() / (weight.dimension(0) * inputs);
    List<Long> modes = new ArrayList<>();
    outputModes.forEach(mode -> modes.add((long) mode));
    if (taps > 1) {
      modes.add((long) taps);
    }
    inputModes.forEach(mode -> modes.add((long) mode));
    List<TensorTrain> trains =
        slices().stream()
            .map(part ->
                Tensor.ofDoubles(modes, FactorTensors.swapLast(part, outputs, inputs, taps)))
            .map(part -> TensorTrain.decompose(part, ranks))
            .toList();
    int split = outputModes.size();
    int end = modes.size();
    int inner = taps > 1 ? split + 1 : split;
    List<Integer> all = IntStream.range(0, weight.rank() - 2).boxed().toList();
    Tensor reduce =
        FactorTensors.stack(
            trains.stream()
                .map(train -> FactorTensors.matrix(train.contract(inner, end), inputs))
                .toList());
    Tensor expand =
        FactorTensors.stack(
            trains.stream()
                .map(train -> train.contract(0, split))
                .map(core -> core.reshape(List.of((long) outputs, core.shape().get(2))))
                .toList());
    List<Factor> factors = new ArrayList<>();
    factors.add(new Factor("reduce", pointwise(reduce), groups, taps > 1 ? List.of() : all));
    if (taps > 1) {
      Tensor core =
          FactorTensors.stack(
              trains.stream().map(train -> core(train.cores().get(split))).toList());
      factors.add(new Factor("core", core, groups, all));
    }
    factors.add(new Factor("expand", pointwise(expand), groups, List.of()));
    List<Double> errors = trains.stream().map(TensorTrain::relativeError).toList();
    return new Factorization(taps > 1 ? "R-C-E" : "R-E", factors, error(errors));
  }

  /// A canonical polyadic decomposition: a 1x1 reduction, a depthwise convolution and a 1x1
  /// expansion (Lebedev et al., ICLR 2015, whose two one-dimensional factors are one window here,
  /// because one kernel runs it).
  ///
  /// @param rank terms of each group, at least 1
  /// @throws LinearAlgebraException when the weight holds NaN or infinite elements
  public Factorization canonical(int rank) {
    return canonical(
        rank, slices().stream().map(part -> CanonicalPolyadic.decompose(part, rank)).toList());
  }

  /// The same after fewer sweeps: an estimate, which loses at least as much.
  ///
  /// @throws LinearAlgebraException when the weight holds NaN or infinite elements
  public Factorization canonicalBriefly(int rank) {
    return canonical(
        rank,
        slices().stream().map(part -> CanonicalPolyadic.decompose(part, rank, BRIEF)).toList());
  }

  private Factorization canonical(int rank, List<CanonicalPolyadic> parts) {
    List<Long> windows = new ArrayList<>(List.of((long) rank, 1L));
    windows.addAll(weight.shape().subList(2, weight.rank()));
    List<Integer> all = IntStream.range(0, weight.rank() - 2).boxed().toList();
    return new Factorization(
        "R-D-E",
        List.of(
            new Factor(
                "reduce",
                pointwise(
                    FactorTensors.stack(
                        parts.stream().map(p -> FactorTensors.transposed(p.inputs())).toList())),
                groups,
                List.of()),
            new Factor(
                "depthwise",
                FactorTensors.stack(
                    parts.stream()
                        .map(p -> FactorTensors.transposed(p.taps()).reshape(windows))
                        .toList()),
                (long) rank * groups,
                all),
            new Factor(
                "expand",
                pointwise(
                    FactorTensors.stack(parts.stream().map(CanonicalPolyadic::outputs).toList())),
                groups,
                List.of())),
        error(parts.stream().map(CanonicalPolyadic::relativeError).toList()));
  }

  private static int product(List<Integer> modes) {
    return modes.stream().mapToInt(mode -> mode).reduce(1, Math::multiplyExact);
  }

  /// The core `[out, taps, in]` as the weight `[out, in, kernel...]`.
  private Tensor core(Tensor core) {
    int out = core.dimension(0);
    int taps = core.dimension(1);
    int in = core.dimension(2);
    List<Long> shape = new ArrayList<>(List.of((long) out, (long) in));
    shape.addAll(weight.shape().subList(2, weight.rank()));
    return Tensor.ofDoubles(shape, FactorTensors.swapLast(core, out, taps, in));
  }

  /// The relative error of all groups together.
  ///
  /// @param errors relative ones, one of each group
  private double error(List<Double> errors) {
    return FactorGroups.error(weight, errors);
  }

  /// The matrix `[outputs, inputs]` as a weight of a 1x1 convolution.
  private Tensor pointwise(Tensor matrix) {
    List<Long> shape = new ArrayList<>(matrix.shape());
    shape.addAll(Collections.nCopies(weight.rank() - 2, 1L));
    return matrix.reshape(shape);
  }

  private List<Tensor> slices() {
    return FactorGroups.weights(weight, groups);
  }

  private List<TuckerDecomposer> decomposers() {
    List<TuckerDecomposer> made = decomposers;
    if (made == null) {
      made = new ArrayList<>();
      try {
        for (Tensor part : slices()) {
          made.add(new TuckerDecomposer(part));
        }
      } catch (LinearAlgebraException e) {
        made.forEach(TuckerDecomposer::close);
        throw e;
      }
      decomposers = made;
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
