package dev.tuckerc.ir.interpret;

import dev.tuckerc.ir.Resize;
import dev.tuckerc.ir.ResizeTaps;
import dev.tuckerc.tensor.Tensor;
import java.util.List;

/// Interpolation, one axis after the other, in float64.
final class Resizing {
  private Resizing() {}

  static Tensor resize(Resize resize, Tensor x, List<Long> shape) {
    if (resize.mode() == Resize.Mode.NEAREST) {
      return nearest(resize, x, shape);
    }
    double[] values = x.toDoubles();
    for (int axis = 0; axis < x.rank(); axis++) {
      int extent = x.dimension(axis);
      ResizeTaps taps = ResizeTaps.of(resize, axis, extent, Math.toIntExact(shape.get(axis)));
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

  private static double[] apply(ResizeTaps taps, double[] x, int outer, int extent, int inner) {
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
