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

/// A convolution, or a matrix product, as a chain of smaller ones with nothing between them.
///
/// The weight is `[O, I/groups, kernel...]`; a matrix is a weight without spatial axes.
///
/// @param form how the factors follow each other, such as `R-C-E`
/// @param factors in the order in which they are applied
/// @param relativeError Frobenius norm of what the chain loses of the weight over that of the
///   weight
public record Factorization(String form, List<Factor> factors, double relativeError) {
  public Factorization {
    factors = List.copyOf(factors);
  }

  /// One convolution of the chain.
  ///
  /// @param part its name, such as `core`
  /// @param weight `[outputs, inputs/groups, kernel...]`, with extent 1 on the axes it does not
  ///   span
  /// @param axes the spatial axes that it spans: there it has the layer's stride, padding and
  ///   dilation
  public record Factor(String part, Tensor weight, long groups, List<Integer> axes) {
    public Factor {
      axes = List.copyOf(axes);
    }

    /// The same place in the chain with other numbers.
    public Factor with(Tensor newWeight) {
      return new Factor(part, newWeight, groups, axes);
    }
  }

  /// The chain with other factors of the same shapes.
  ///
  /// @param newError the weight's relative error with them
  public Factorization with(List<Factor> newFactors, double newError) {
    return new Factorization(form, newFactors, newError);
  }

  /// The chain with the numbers of a Tucker-2 decomposition of the same ranks: `R-C-E`, `R-CE`,
  /// `RC-E`, or `R-E`, whose reduction is the core.
  public Factorization with(Tucker2 tucker) {
    Tensor reduce = LowRankMatrix.transpose(tucker.inputFactor());
    List<Tensor> tensors =
        switch (form) {
          case "R-C-E" -> List.of(reduce, tucker.core(), tucker.outputFactor());
          case "R-CE" -> List.of(reduce, tucker.core());
          case "RC-E", "R-E" -> List.of(tucker.core(), tucker.outputFactor());
          default -> throw new IllegalArgumentException(form + " is no Tucker-2 chain");
        };
    return filled(tensors, tucker.relativeError());
  }

  /// The chain with other numbers in its factors.
  ///
  /// @param tensors one for each factor, of as many elements as its weight, whose shape they get
  /// @param newError the weight's relative error with them
  public Factorization filled(List<Tensor> tensors, double newError) {
    List<Factor> filled = new ArrayList<>();
    for (int i = 0; i < tensors.size(); i++) {
      Factor factor = factors.get(i);
      filled.add(factor.with(tensors.get(i).reshape(factor.weight().shape())));
    }
    return with(filled, newError);
  }

  /// The weight that the chain stands for, `[O, I, kernel...]` over all groups, of type F64.
  public Tensor reconstruct() {
    List<Long> kernel = new ArrayList<>(factors.getFirst().weight().shape());
    for (Factor factor : factors) {
      for (int axis = 2; axis < kernel.size(); axis++) {
        kernel.set(axis, Math.max(kernel.get(axis), factor.weight().shape().get(axis)));
      }
    }
    try (SingleThreadedBlas _ = new SingleThreadedBlas();
        Arena arena = Arena.ofConfined()) {
      DenseMatrix map = map(arena, factors);
      List<Long> shape = new ArrayList<>(List.of((long) map.rows(), (long) inputs()));
      shape.addAll(kernel.subList(2, kernel.size()));
      return Tensor.of(DataType.F64, shape, MemorySegment.ofArray(map.toArray()));
    }
  }

  /// An orthonormal basis of what the last factor can be made of: the rows span those of the map
  /// that all factors before it are together.
  ///
  /// @return `[inputs of the last factor, I * taps]` over all groups, row by row; the inputs of the
  ///   last factor are at most as many as the columns
  public double[] span() {
    try (SingleThreadedBlas _ = new SingleThreadedBlas();
        Arena arena = Arena.ofConfined()) {
      DenseMatrix map = map(arena, factors.subList(0, factors.size() - 1));
      if (map.rows() > map.columns()) {
        throw new IllegalArgumentException(
            map.rows() + " channels before the last factor of " + form + " are not independent");
      }
      return SymmetricEigen.orthonormalize(map).toArray();
    }
  }

  private int inputs() {
    Factor first = factors.getFirst();
    return Math.toIntExact(first.weight().dimension(1) * first.groups());
  }

  /// Factors one after the other, `[channels, I * taps]`.
  private DenseMatrix map(Arena arena, List<Factor> some) {
    int inputs = inputs();
    DenseMatrix map = DenseMatrix.identity(arena, inputs);
    int taps = 1;
    for (Factor factor : some) {
      map = compose(arena, map, factor, inputs, taps);
      taps *=
          factor.weight().size() / (factor.weight().dimension(0) * factor.weight().dimension(1));
    }
    return map;
  }

  /// Applies one factor after a map `[channels, inputs * taps]`.
  private static DenseMatrix compose(
      Arena arena, DenseMatrix map, Factor factor, int inputs, int taps) {
    Tensor weight = factor.weight();
    int groups = Math.toIntExact(factor.groups());
    int outputs = weight.dimension(0);
    int width = weight.dimension(1);
    int ownTaps = weight.size() / (outputs * width);
    double[] values = weight.toDoubles();
    double[] result = new double[outputs * inputs * taps * ownTaps];
    for (int output = 0; output < outputs; output++) {
      int channel = output / (outputs / groups) * width;
      for (int c = 0; c < width; c++) {
        for (int own = 0; own < ownTaps; own++) {
          double value = values[(output * width + c) * ownTaps + own];
          if (value != 0) {
            int to = output * inputs * taps * ownTaps + own;
            for (int j = 0; j < inputs * taps; j++) {
              result[to + j * ownTaps] += value * map.get(channel + c, j);
            }
          }
        }
      }
    }
    return DenseMatrix.of(arena, outputs, inputs * taps * ownTaps, result);
  }

  /// Elements of all factors.
  public long parameters() {
    return factors.stream().mapToLong(factor -> factor.weight().size()).sum();
  }

  /// The same chain with numbers of an element type, scaled so that they fit.
  ///
  /// @throws LinearAlgebraException when no scaling makes them fit
  public Factorization balanced(DataType type, double denseMagnitude) {
    return new FactorBalance(type, denseMagnitude).apply(this);
  }
}
