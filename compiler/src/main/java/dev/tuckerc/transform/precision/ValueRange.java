package dev.tuckerc.transform.precision;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;

/// An interval that holds every element of a value.
///
/// @param low least possible element, or negative infinity
/// @param high greatest possible element, or infinity
/// @param integral whether every element is an integer
record ValueRange(double low, double high, boolean integral) {
  /// Nothing is known.
  static final ValueRange UNKNOWN =
      new ValueRange(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, false);

  ValueRange {
    if (Double.isNaN(low) || Double.isNaN(high)) {
      low = Double.NEGATIVE_INFINITY;
      high = Double.POSITIVE_INFINITY;
    }
  }

  static ValueRange of(Tensor tensor) {
    if (tensor.size() == 0) {
      return new ValueRange(0, 0, true);
    }
    Bounds bounds = new Bounds();
    if (tensor.type() == DataType.F32) {
      tensor.forEachFloatBlock((block, _, count) -> bounds.add(block, count));
    } else {
      tensor.forEachBlock(bounds::add);
    }
    // A NaN among the elements is one of the bounds, of which then nothing is known.
    return new ValueRange(bounds.low, bounds.high, bounds.integral && !Double.isNaN(bounds.low));
  }

  /// The range of the elements seen so far.
  private static final class Bounds {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    boolean integral = true;

    void add(double[] block, int count) {
      double least = low;
      double most = high;
      for (int i = 0; i < count; i++) {
        least = Math.min(least, block[i]);
        most = Math.max(most, block[i]);
      }
      low = least;
      high = most;
      for (int i = 0; i < count && integral; i++) {
        integral = block[i] == Math.rint(block[i]);
      }
    }

    /// The same in the elements' own type, and by comparisons: weights are many, and Math.min is
    /// slow until the JIT has compiled this twice.
    void add(float[] block, int count) {
      float least = Float.POSITIVE_INFINITY;
      float most = Float.NEGATIVE_INFINITY;
      boolean numbers = true;
      for (int i = 0; i < count; i++) {
        float element = block[i];
        least = element < least ? element : least;
        most = element > most ? element : most;
        numbers &= !Float.isNaN(element);
      }
      low = numbers ? Math.min(low, least) : Double.NaN;
      high = numbers ? Math.max(high, most) : Double.NaN;
      for (int i = 0; i < count && integral; i++) {
        integral = block[i] == Math.rint(block[i]);
      }
    }
  }

  /// What an element type can hold.
  static ValueRange of(DataType type) {
    if (type.isFloat()) {
      return UNKNOWN;
    }
    if (type == DataType.BOOL) {
      return new ValueRange(0, 1, true);
    }
    int bits = 8 * type.bytes();
    return type.isUnsigned()
        ? new ValueRange(0, Math.scalb(1.0, bits) - 1, true)
        : new ValueRange(-Math.scalb(1.0, bits - 1), Math.scalb(1.0, bits - 1) - 1, true);
  }

  /// The largest possible magnitude.
  double magnitude() {
    return Math.max(Math.abs(low), Math.abs(high));
  }

  boolean isFinite() {
    return Double.isFinite(magnitude());
  }

  ValueRange union(ValueRange other) {
    return new ValueRange(
        Math.min(low, other.low), Math.max(high, other.high), integral && other.integral);
  }

  ValueRange plus(ValueRange other) {
    return new ValueRange(low + other.low, high + other.high, integral && other.integral);
  }

  ValueRange negated() {
    return new ValueRange(-high, -low, integral);
  }

  ValueRange times(ValueRange other) {
    double[] products = {low * other.low, low * other.high, high * other.low, high * other.high};
    double least = Double.POSITIVE_INFINITY;
    double most = Double.NEGATIVE_INFINITY;
    for (double product : products) {
      least = Math.min(least, product);
      most = Math.max(most, product);
    }
    return new ValueRange(least, most, integral && other.integral);
  }

  /// The range of a sum of so many elements.
  ValueRange times(long count) {
    return times(new ValueRange(count, count, true));
  }

  ValueRange clamped(double least, double most) {
    return new ValueRange(Math.clamp(low, least, most), Math.clamp(high, least, most), integral);
  }

  ValueRange asInteger() {
    return new ValueRange(Math.floor(low), Math.ceil(high), true);
  }

  ValueRange asReal() {
    return new ValueRange(low, high, false);
  }
}
