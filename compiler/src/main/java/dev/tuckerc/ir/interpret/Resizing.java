package dev.tuckerc.ir.interpret;

import dev.tuckerc.ir.Resize;
import dev.tuckerc.tensor.Tensor;
import java.util.List;

/// Interpolation, one axis after the other, in float64.
final class Resizing {
  private Resizing() {}

  /// For each output coordinate of an axis: the input coordinates read and their weights.
  private record Taps(int[][] sources, double[][] weights) {
    boolean isIdentity(int extent) {
      for (int i = 0; i < sources.length; i++) {
        for (int tap = 0; tap < sources[i].length; tap++) {
          if (weights[i][tap] != (sources[i][tap] == i ? 1 : 0)) {
            return false;
          }
        }
      }
      return sources.length == extent;
    }
  }

  static Tensor resize(Resize resize, Tensor x, List<Long> shape) {
    if (resize.mode() == Resize.Mode.NEAREST) {
      return nearest(resize, x, shape);
    }
    double[] values = x.toDoubles();
    for (int axis = 0; axis < x.rank(); axis++) {
      int extent = x.dimension(axis);
      Taps taps = taps(resize, axis, extent, Math.toIntExact(shape.get(axis)));
      if (!taps.isIdentity(extent)) {
        // Axes before this one have their new extent, axes after it the old one.
        int outer = Elements.product(shape, 0, axis);
        int inner = Elements.product(x.shape(), axis + 1, x.rank());
        values = apply(taps, values, outer, extent, inner);
      }
    }
    return Elements.ofDoubles(x.type(), shape, values);
  }

  private static Tensor nearest(Resize resize, Tensor x, List<Long> shape) {
    Tensor y = Tensor.zeros(x.type(), shape);
    long[] strides = Elements.strides(x.shape());
    int[][] sources = new int[x.rank()][];
    for (int axis = 0; axis < x.rank(); axis++) {
      sources[axis] = new int[Math.toIntExact(shape.get(axis))];
      for (int i = 0; i < sources[axis].length; i++) {
        sources[axis][i] = (int) resize.nearestSource(axis, i, x.dimension(axis));
      }
    }
    Grid grid = new Grid(shape);
    for (int i = 0; i < y.size(); i++, grid.advance()) {
      long from = 0;
      for (int axis = 0; axis < sources.length; axis++) {
        from += sources[axis][grid.position()[axis]] * strides[axis];
      }
      if (x.type().isFloat()) {
        y.setDouble(i, x.getDouble((int) from));
      } else {
        y.setLong(i, x.getLong((int) from));
      }
    }
    return y;
  }

  private static Taps taps(Resize resize, int axis, int input, int output) {
    int[][] sources = new int[output][];
    double[][] weights = new double[output][];
    for (int i = 0; i < output; i++) {
      double at = resize.sourceCoordinate(axis, i, input);
      int base = (int) Math.floor(at);
      double[] weight = weights(resize, at - base);
      int first = base - (weight.length / 2 - 1);
      int[] source = new int[weight.length];
      double total = 0;
      for (int tap = 0; tap < weight.length; tap++) {
        if (resize.excludeOutside() && (first + tap < 0 || first + tap >= input)) {
          weight[tap] = 0;
        }
        total += weight[tap];
        source[tap] = Math.clamp(first + tap, 0, input - 1);
      }
      if (resize.excludeOutside()) {
        for (int tap = 0; tap < weight.length; tap++) {
          weight[tap] /= total;
        }
      }
      sources[i] = source;
      weights[i] = weight;
    }
    return new Taps(sources, weights);
  }

  /// Weights of the neighbours of a point at distance `t` after the second-middle one; the cubic
  /// ones are Keys' (IEEE Trans. ASSP 29(6), 1981) with parameter `a`.
  private static double[] weights(Resize resize, double t) {
    if (resize.mode() == Resize.Mode.LINEAR) {
      return new double[] {1 - t, t};
    }
    double a = resize.cubicCoefficient();
    return new double[] {far(a, t + 1), near(a, t), near(a, 1 - t), far(a, 2 - t)};
  }

  private static double near(double a, double t) {
    return ((a + 2) * t - (a + 3)) * t * t + 1;
  }

  private static double far(double a, double t) {
    return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a;
  }

  private static double[] apply(Taps taps, double[] x, int outer, int extent, int inner) {
    int output = taps.sources().length;
    double[] y = new double[outer * output * inner];
    for (int o = 0; o < outer; o++) {
      for (int i = 0; i < output; i++) {
        int to = (o * output + i) * inner;
        for (int tap = 0; tap < taps.sources()[i].length; tap++) {
          double weight = taps.weights()[i][tap];
          int from = (o * extent + taps.sources()[i][tap]) * inner;
          if (weight != 0) {
            for (int k = 0; k < inner; k++) {
              y[to + k] += weight * x[from + k];
            }
          }
        }
      }
    }
    return y;
  }
}
