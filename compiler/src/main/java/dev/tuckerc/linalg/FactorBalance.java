package dev.tuckerc.linalg;

import dev.tuckerc.linalg.Factorization.Factor;
import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/// Moves powers of two, channel by channel, between the factors of a chain, which changes nothing
/// but where numbers lie.
///
/// First the values between the factors are bounded: a channel after the first factor is divided by
/// the sum of the magnitudes of its row, so it never exceeds the layer's largest input; a channel
/// before a last factor `U` with orthonormal columns is `sum_o U[o,p] y[o]`, so divided by the sum
/// of the column's magnitudes it never exceeds the layer's largest output. Half precision then
/// holds them wherever it holds the dense layer's. Then factors that would leave the range of the
/// type hand powers of two to the others.
///
/// @param type element type that the factors get
/// @param denseMagnitude largest magnitude of the dense weight: where half precision holds it, the
///   factors fit half precision too, whatever their type
record FactorBalance(DataType type, double denseMagnitude) {
  private static final double LARGEST_HALF = 65504;

  /// Below this share of the limit a half-precision factor loses digits.
  private static final double SMALLEST_HALF = 0x1p-8;

  Factorization apply(Factorization chain) {
    List<Factor> factors = new ArrayList<>(chain.factors());
    List<double[]> values = new ArrayList<>();
    factors.forEach(factor -> values.add(factor.weight().toDoubles()));
    for (int i = 0; i + 1 < factors.size(); i++) {
      boolean last = i > 0 && i + 2 == factors.size();
      moveScales(factors.get(i), values.get(i), factors.get(i + 1), values.get(i + 1), last);
    }
    fit(values);
    for (int i = 0; i < factors.size(); i++) {
      Factor factor = factors.get(i);
      Tensor rounded =
          Tensor.of(DataType.F64, factor.weight().shape(), MemorySegment.ofArray(values.get(i)))
              .convert(type);
      requireFinite(rounded);
      factors.set(i, factor.with(rounded));
    }
    return chain.with(factors, chain.relativeError());
  }

  private static void moveScales(
      Factor from, double[] rows, Factor to, double[] columns, boolean last) {
    int channels = from.weight().dimension(0);
    int rowLength = rows.length / channels;
    int outputs = to.weight().dimension(0);
    int width = to.weight().dimension(1);
    int taps = columns.length / (outputs * width);
    int outputsPerGroup = outputs / (int) to.groups();
    for (int channel = 0; channel < channels; channel++) {
      int group = channel / width;
      int column = channel % width;
      double magnitude = 0;
      double square = 0;
      if (last) {
        for (int o = group * outputsPerGroup; o < (group + 1) * outputsPerGroup; o++) {
          double value = columns[o * width + column];
          magnitude += Math.abs(value);
          square += value * value;
        }
      }
      // Columns that are not orthonormal bound nothing.
      if (!last || taps > 1 || Math.abs(square - 1) > 1e-6) {
        magnitude = 0;
        for (int j = channel * rowLength; j < (channel + 1) * rowLength; j++) {
          magnitude += Math.abs(rows[j]);
        }
      }
      if (!(magnitude > 0) || !Double.isFinite(magnitude)) {
        continue;
      }
      int exponent = Math.getExponent(magnitude) + 1;
      scale(rows, channel * rowLength, rowLength, -exponent);
      for (int o = group * outputsPerGroup; o < (group + 1) * outputsPerGroup; o++) {
        scale(columns, (o * width + column) * taps, taps, exponent);
      }
    }
  }

  private void fit(List<double[]> values) {
    boolean half = type == DataType.F16 || denseMagnitude <= LARGEST_HALF;
    double limit =
        half ? LARGEST_HALF / 2 : (type == DataType.F64 ? Double.MAX_VALUE : Float.MAX_VALUE) / 2;
    int[] exponents = new int[values.size()];
    double[] largest = values.stream().mapToDouble(FactorBalance::largest).toArray();
    // Each step lowers the largest factor or lifts the smallest by 2; both have an end.
    for (int step = 0; step < 4096; step++) {
      int top = extreme(largest, 1);
      int bottom = extreme(largest, -1);
      boolean over = largest[top] > limit;
      boolean under =
          half
              && type != DataType.F64
              && largest[bottom] < SMALLEST_HALF
              && largest[top] > 2 * SMALLEST_HALF;
      if (top == bottom || !(over || under) || largest[bottom] == 0) {
        break;
      }
      exponents[top]--;
      exponents[bottom]++;
      largest[top] /= 2;
      largest[bottom] *= 2;
    }
    for (int i = 0; i < exponents.length; i++) {
      double[] factor = values.get(i);
      scale(factor, 0, factor.length, exponents[i]);
    }
  }

  /// Multiplies by a power of two.
  private static void scale(double[] values, int from, int count, int exponent) {
    if (exponent == 0) {
      return;
    }
    boolean normal = exponent >= Double.MIN_EXPONENT && exponent <= Double.MAX_EXPONENT;
    // Where the power itself is a number, a product is the same as scalb, and much faster.
    double power = Math.scalb(1.0, exponent);
    for (int i = from; i < from + count; i++) {
      values[i] = normal ? values[i] * power : Math.scalb(values[i], exponent);
    }
  }

  private static int extreme(double[] values, int sign) {
    int at = 0;
    for (int i = 1; i < values.length; i++) {
      if (sign * values[i] > sign * values[at]) {
        at = i;
      }
    }
    return at;
  }

  private static double largest(double[] values) {
    double largest = 0;
    for (double value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }

  private void requireFinite(Tensor tensor) {
    if (!Double.isFinite(tensor.magnitude())) {
      throw new LinearAlgebraException("its factors do not fit " + type + ", however scaled");
    }
  }
}
