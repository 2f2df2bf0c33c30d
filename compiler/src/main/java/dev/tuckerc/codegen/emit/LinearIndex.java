package dev.tuckerc.codegen.emit;

import java.util.ArrayList;
import java.util.List;

/// Integer index expressions in CUDA: sums of coordinates times constants.
public final class LinearIndex {
  private LinearIndex() {}

  /// `constant + sum(coordinate * factor)`, without the terms that are zero.
  public static String sum(long constant, List<String> coordinates, long[] factors) {
    List<String> terms = new ArrayList<>();
    for (int axis = 0; axis < factors.length; axis++) {
      if (factors[axis] == 1) {
        terms.add(coordinates.get(axis));
      } else if (factors[axis] != 0) {
        terms.add(coordinates.get(axis) + " * " + parenthesized(factors[axis]));
      }
    }
    if (constant != 0 || terms.isEmpty()) {
      terms.add(parenthesized(constant));
    }
    return String.join(" + ", terms);
  }

  private static String parenthesized(long number) {
    return number < 0 ? "(" + number + ")" : Long.toString(number);
  }
}
