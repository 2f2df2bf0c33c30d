package dev.tuckerc.lab.verify;

import dev.tuckerc.cli.tensors.Comparison;
import dev.tuckerc.tensor.Tensor;
import java.util.Map;

/// How far a set of outputs is from what was expected: the figures of the worst output.
///
/// @param agrees whether every element of every output is within its tolerance
/// @param maxAbsolute largest absolute error; infinite where outputs cannot be compared
/// @param ofRange that error, as a share of the largest expected magnitude
/// @param output the worst output's name
/// @param worstIndex row-major index of the worst element in it
/// @param worst in words: both values and the index
public record Deviation(
    boolean agrees,
    double maxAbsolute,
    double ofRange,
    String output,
    int worstIndex,
    String worst) {

  /// Compares every expected output.
  ///
  /// @param actual by name
  /// @param expected by name, at least one
  public static Deviation of(
      Map<String, Tensor> actual, Map<String, Tensor> expected, Comparison.Tolerance tolerance) {
    Deviation worst = null;
    for (Map.Entry<String, Tensor> entry : expected.entrySet()) {
      Deviation one = one(entry.getKey(), actual, entry.getValue(), tolerance);
      if (worst == null || one.isWorseThan(worst)) {
        worst = one;
      }
    }
    if (worst == null) {
      throw new IllegalArgumentException("nothing to compare");
    }
    return worst;
  }

  private static Deviation one(
      String name, Map<String, Tensor> actual, Tensor expected, Comparison.Tolerance tolerance) {
    Tensor tensor = actual.get(name);
    if (tensor == null) {
      double infinite = Double.POSITIVE_INFINITY;
      return new Deviation(false, infinite, infinite, name, 0, "the output is missing");
    }
    Comparison comparison = Comparison.of(tensor, expected, tolerance);
    return new Deviation(
        comparison.agrees(),
        comparison.maxAbsolute(),
        comparison.ofRange(),
        name,
        comparison.worstIndex(),
        comparison.worst());
  }

  private boolean isWorseThan(Deviation other) {
    return agrees == other.agrees ? ofRange > other.ofRange : !agrees;
  }
}
