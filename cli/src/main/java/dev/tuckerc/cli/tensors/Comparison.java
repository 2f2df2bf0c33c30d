package dev.tuckerc.cli.tensors;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How far a result is from what was expected.
///
/// An element agrees when `|actual - expected| <= atolOfRange * range + rtol * |expected|`, where
/// the range is the largest finite magnitude of the expected tensor. NaN agrees with NaN and an
/// infinity with itself. Integers and booleans must be equal.
///
/// @param agrees whether every element does
/// @param maxAbsolute largest absolute error
/// @param maxRelative largest error relative to the expected element, over elements beyond a
///   thousandth of the range (below it, division only magnifies rounding)
/// @param ofRange largest absolute error divided by the range
/// @param worstIndex row-major index of the element furthest beyond its tolerance
/// @param worst in words: index, both values; or why the tensors cannot be compared
public record Comparison(
    boolean agrees,
    double maxAbsolute,
    double maxRelative,
    double ofRange,
    int worstIndex,
    String worst) {

  /// Tolerances.
  ///
  /// @param rtol relative to the expected element
  /// @param atolOfRange relative to the expected tensor's range
  public record Tolerance(double rtol, double atolOfRange) {
    /// For single precision.
    public static final Tolerance FP32 = new Tolerance(1e-3, 1e-4);

    /// For half precision: two hundredths of the range.
    public static final Tolerance FP16 = new Tolerance(1e-3, 2e-2);

    /// These tolerances with those that a user gave in their place.
    ///
    /// @throws CliException when one is negative or not a number: nothing would ever agree
    public Tolerance with(@Nullable Double givenRtol, @Nullable Double givenAtolOfRange) {
      return new Tolerance(
          checked("--rtol", givenRtol, rtol),
          checked("--atol-of-range", givenAtolOfRange, atolOfRange));
    }

    private static double checked(String option, @Nullable Double given, double otherwise) {
      if (given == null) {
        return otherwise;
      }
      if (!(given >= 0) || given.isInfinite()) {
        throw new CliException(
            Code.CLI001, option + ": " + given + " is no tolerance; give 0 or a positive number");
      }
      return given;
    }
  }

  /// Compares element by element.
  public static Comparison of(Tensor actual, Tensor expected, Tolerance tolerance) {
    if (!actual.shape().equals(expected.shape())) {
      return incomparable("shape " + actual.shape() + ", expected " + expected.shape());
    }
    if (actual.type() != expected.type()) {
      return incomparable("type " + actual.type() + ", expected " + expected.type());
    }
    double range = range(expected);
    boolean exact = !expected.type().isFloat();
    double maxAbsolute = 0;
    double maxRelative = 0;
    double worstExcess = Double.NEGATIVE_INFINITY;
    int worst = 0;
    boolean agrees = true;
    for (int i = 0; i < expected.size(); i++) {
      double a = actual.getDouble(i);
      double e = expected.getDouble(i);
      double error = error(a, e);
      if (exact && actual.getLong(i) != expected.getLong(i)) {
        // 64-bit integers may differ beyond what a double can tell.
        error = Math.max(1, error);
      }
      double allowed = exact ? 0 : tolerance.atolOfRange() * range + tolerance.rtol() * finite(e);
      double excess = error - allowed;
      if (excess > worstExcess) {
        worstExcess = excess;
        worst = i;
      }
      agrees &= error <= allowed;
      maxAbsolute = Math.max(maxAbsolute, error);
      if (finite(e) > range * 1e-3) {
        maxRelative = Math.max(maxRelative, error / finite(e));
      }
    }
    String words =
        expected.size() == 0
            ? "no elements"
            : "%s at index %s, expected %s"
                .formatted(
                    number(actual, worst), index(worst, expected.shape()), number(expected, worst));
    double ofRange = range == 0 ? maxAbsolute : maxAbsolute / range;
    return new Comparison(agrees, maxAbsolute, maxRelative, ofRange, worst, words);
  }

  /// Position of the largest element along the last axis of size above one, for every row; used to
  /// compare classifications.
  public static boolean sameArgMax(Tensor actual, Tensor expected) {
    int classes = 1;
    for (long extent : expected.shape()) {
      classes = Math.max(classes, Math.toIntExact(extent));
    }
    if (expected.size() % classes != 0 || actual.size() != expected.size()) {
      return false;
    }
    for (int row = 0; row < expected.size(); row += classes) {
      if (argMax(actual, row, classes) != argMax(expected, row, classes)) {
        return false;
      }
    }
    return true;
  }

  /// Index of the largest of `count` elements from `start`, relative to `start`; the first of
  /// equals.
  public static int argMax(Tensor tensor, int start, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      if (tensor.getDouble(start + i) > tensor.getDouble(start + best)) {
        best = i;
      }
    }
    return best;
  }

  private static Comparison incomparable(String why) {
    double infinity = Double.POSITIVE_INFINITY;
    return new Comparison(false, infinity, infinity, infinity, 0, why);
  }

  private static double error(double actual, double expected) {
    if (Double.isNaN(actual) || Double.isNaN(expected)) {
      return Double.isNaN(actual) && Double.isNaN(expected) ? 0 : Double.POSITIVE_INFINITY;
    }
    return actual == expected ? 0 : Math.abs(actual - expected);
  }

  private static double finite(double value) {
    return Double.isFinite(value) ? Math.abs(value) : 0;
  }

  private static double range(Tensor tensor) {
    double range = 0;
    for (int i = 0; i < tensor.size(); i++) {
      range = Math.max(range, finite(tensor.getDouble(i)));
    }
    return range;
  }

  private static String number(Tensor tensor, int index) {
    return tensor.type().isFloat()
        ? "%.6g".formatted(tensor.getDouble(index))
        : String.valueOf(tensor.getLong(index));
  }

  private static String index(int flat, List<Long> shape) {
    StringBuilder text = new StringBuilder("]");
    int rest = flat;
    for (int axis = shape.size() - 1; axis >= 0; axis--) {
      int extent = Math.toIntExact(shape.get(axis));
      text.insert(0, (axis == 0 ? "" : ",") + rest % extent);
      rest /= extent;
    }
    return text.insert(0, "[").toString();
  }
}
