package dev.tuckerc.linalg;

import dev.tuckerc.linalg.matrix.DenseMatrix;
import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.linalg.matrix.SingleThreadedBlas;
import dev.tuckerc.linalg.matrix.SymmetricEigen;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/// A tensor as a train of cores: `X[i1,...,id] ~ G1[1,i1,:] * G2[:,i2,:] * ... * Gd[:,id,1]`
/// (Oseledets, SIAM Journal on Scientific Computing 33(5), 2011).
///
/// All cores but the last have orthonormal columns as matrices `[rank * n, next rank]`.
///
/// @param cores `[rank before, n, rank after]` each, of type F64; the first rank and the last are 1
/// @param relativeError Frobenius norm of what is lost over that of the tensor, 0 for a zero tensor
public record TensorTrain(List<Tensor> cores, double relativeError) {
  public TensorTrain {
    cores = List.copyOf(cores);
  }

  /// Truncates mode by mode, from the first on (TT-SVD, algorithm 1 of the paper): at most `sqrt(d
  /// - 1)` times the least error possible.
  ///
  /// @param tensor of a floating-point type
  /// @param ranks between neighbouring modes, one fewer than modes; a rank above what the modes
  ///   before or after it allow, given the other ranks, is lowered to that
  /// @throws LinearAlgebraException when an element is NaN or infinite
  public static TensorTrain decompose(Tensor tensor, List<Integer> ranks) {
    int modes = tensor.rank();
    if (modes < 2 || tensor.size() == 0 || ranks.size() != modes - 1) {
      throw new IllegalArgumentException(
          ranks.size() + " ranks for a tensor of shape " + tensor.shape());
    }
    double scale = TuckerDecomposer.powerOfTwo(tensor);
    try (SingleThreadedBlas _ = new SingleThreadedBlas();
        Arena arena = Arena.ofConfined()) {
      int before = tensor.dimension(0);
      DenseMatrix rest = DenseMatrix.of(arena, before, tensor, scale);
      double energy = rest.squaredNorm();
      if (!Double.isFinite(energy)) {
        throw new LinearAlgebraException("the tensor holds NaN or infinite elements");
      }
      List<Tensor> cores = new ArrayList<>();
      int rank = 1;
      List<Integer> possible =
          possible(IntStream.range(0, modes).mapToObj(tensor::dimension).toList(), ranks);
      for (int mode = 0; mode < modes - 1; mode++) {
        int next = possible.get(mode);
        DenseMatrix basis = leadingBasis(arena, rest, next);
        cores.add(core(rank, tensor.dimension(mode), next, basis.transposed(arena)));
        int following = tensor.dimension(mode + 1);
        DenseMatrix projected = basis.times(arena, rest);
        rest = projected.reshaped(next * following, projected.columns() / following);
        rank = next;
      }
      double kept = rest.squaredNorm();
      double[] last = rest.toArray();
      for (int i = 0; i < last.length; i++) {
        last[i] *= scale;
      }
      cores.add(
          Tensor.ofDoubles(List.of((long) rank, (long) tensor.dimension(modes - 1), 1L), last));
      double lost = energy == 0 ? 0 : Math.sqrt(Math.max(0, 1 - kept / energy));
      return new TensorTrain(cores, lost);
    }
  }

  /// Ranks that a train can have: each at most what the modes before it allow, given the ranks
  /// before, and those after it.
  ///
  /// @param modes extents of the tensor
  public static List<Integer> possible(List<Integer> modes, List<Integer> ranks) {
    if (ranks.size() != modes.size() - 1) {
      throw new IllegalArgumentException(ranks.size() + " ranks for modes " + modes);
    }
    List<Integer> possible = new ArrayList<>();
    long before = 1;
    for (int i = 0; i < ranks.size(); i++) {
      if (ranks.get(i) < 1) {
        throw new IllegalArgumentException("rank " + ranks.get(i) + " of " + ranks);
      }
      long after = modes.subList(i + 1, modes.size()).stream().reduce(1, Math::multiplyExact);
      before = Math.min(ranks.get(i), Math.min(before * modes.get(i), after));
      possible.add(Math.toIntExact(before));
    }
    return possible;
  }

  /// The leading left singular vectors as orthonormal rows.
  private static DenseMatrix leadingBasis(Arena arena, DenseMatrix matrix, int count) {
    if (matrix.rows() <= matrix.columns()) {
      return SymmetricEigen.leading(arena, matrix.gram(arena), count);
    }
    DenseMatrix transposed = matrix.transposed(arena);
    DenseMatrix right = SymmetricEigen.leading(arena, transposed.gram(arena), count);
    return SymmetricEigen.orthonormalize(right.times(arena, transposed));
  }

  private static Tensor core(int before, int extent, int after, DenseMatrix columns) {
    return Tensor.ofDoubles(List.of((long) before, (long) extent, (long) after), columns.toArray());
  }

  /// Elements of all cores.
  public long parameters() {
    return cores.stream().mapToLong(Tensor::size).sum();
  }

  /// Neighbouring cores multiplied out, their modes joined into one: `[rank before, n, rank
  /// after]`.
  ///
  /// @param from the first core
  /// @param to the core after the last
  public Tensor contract(int from, int to) {
    try (SingleThreadedBlas _ = new SingleThreadedBlas();
        Arena arena = Arena.ofConfined()) {
      Tensor first = cores.get(from);
      int before = first.dimension(0);
      int extent = first.dimension(1);
      DenseMatrix product =
          DenseMatrix.of(arena, before * extent, first.dimension(2), first.toDoubles());
      for (Tensor core : cores.subList(from + 1, to)) {
        int rows = core.dimension(0);
        DenseMatrix next = DenseMatrix.of(arena, rows, core.size() / rows, core.toDoubles());
        extent *= core.dimension(1);
        product = product.times(arena, next).reshaped(before * extent, core.dimension(2));
      }
      return core(before, extent, product.columns(), product);
    }
  }

  /// The tensor that the train stands for, of type F64.
  public Tensor reconstruct() {
    return contract(0, cores.size())
        .reshape(cores.stream().map(core -> core.shape().get(1)).toList());
  }
}
