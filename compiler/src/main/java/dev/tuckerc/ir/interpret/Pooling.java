package dev.tuckerc.ir.interpret;

import dev.tuckerc.ir.ArgPool;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Window;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;

/// Maximum and average over a sliding window.
final class Pooling {
  private Pooling() {}

  /// A window without a single tap inside gives the maximum's neutral value (minus infinity, the
  /// smallest integer), or an average of 0.
  static Tensor pool(Pool pool, Tensor x, List<Long> shape) {
    Unfolding unfolding =
        new Unfolding(
            pool.window(), x.shape().subList(2, x.rank()), shape.subList(2, shape.size()));
    int[] offsets = unfolding.offsets();
    boolean maximum = pool.kind() == Pool.Kind.MAXIMUM;
    if (!x.type().isFloat()) {
      return maximum
          ? integerMaximum(x, shape, unfolding, offsets)
          : Elements.ofDoubles(x.type(), shape, average(pool, x.toDoubles(), unfolding, offsets));
    }
    double[] values = x.toDoubles();
    return Elements.ofDoubles(
        x.type(),
        shape,
        maximum ? maximum(values, unfolding, offsets) : average(pool, values, unfolding, offsets));
  }

  /// Where the first maximum of each window lies in its plane.
  static Tensor argPool(ArgPool pool, Tensor x, List<Long> shape) {
    Unfolding unfolding =
        new Unfolding(
            pool.window(), x.shape().subList(2, x.rank()), shape.subList(2, shape.size()));
    int[] offsets = unfolding.offsets();
    int positions = unfolding.positions();
    boolean unsigned = x.type() == DataType.U64;
    long[] y = new long[Tensor.elementCount(shape)];
    for (int i = 0; i < y.length; i++) {
      int base = i / positions * unfolding.inputSize();
      int best = -1;
      for (int at = i % positions; at < offsets.length; at += positions) {
        int offset = offsets[at];
        boolean better =
            offset >= 0
                && (best < 0
                    || (x.type().isFloat()
                        ? x.getDouble(base + offset) > x.getDouble(base + best)
                        : IntegerFunctions.compare(
                                x.getLong(base + offset), x.getLong(base + best), unsigned)
                            > 0));
        best = better ? offset : best;
      }
      y[i] = best;
    }
    return Elements.ofLongs(DataType.I64, shape, y);
  }

  private static double[] maximum(double[] x, Unfolding unfolding, int[] offsets) {
    int positions = unfolding.positions();
    int planes = planes(x.length, unfolding);
    double[] y = new double[planes * positions];
    for (int plane = 0; plane < planes; plane++) {
      int base = plane * unfolding.inputSize();
      for (int p = 0; p < positions; p++) {
        double best = Double.NEGATIVE_INFINITY;
        for (int at = p; at < offsets.length; at += positions) {
          if (offsets[at] >= 0) {
            best = Math.max(best, x[base + offsets[at]]);
          }
        }
        y[plane * positions + p] = best;
      }
    }
    return y;
  }

  private static Tensor integerMaximum(
      Tensor x, List<Long> shape, Unfolding unfolding, int[] offsets) {
    int positions = unfolding.positions();
    boolean unsigned = x.type() == DataType.U64;
    long[] y = new long[Tensor.elementCount(shape)];
    for (int i = 0; i < y.length; i++) {
      int base = i / positions * unfolding.inputSize();
      long best = Reductions.lowest(x.type());
      for (int at = i % positions; at < offsets.length; at += positions) {
        if (offsets[at] >= 0) {
          long value = x.getLong(base + offsets[at]);
          best = IntegerFunctions.compare(value, best, unsigned) > 0 ? value : best;
        }
      }
      y[i] = best;
    }
    return Elements.ofLongs(x.type(), shape, y);
  }

  private static double[] average(Pool pool, double[] x, Unfolding unfolding, int[] offsets) {
    int positions = unfolding.positions();
    int planes = planes(x.length, unfolding);
    int[] counts = counts(pool, unfolding, offsets);
    double[] y = new double[planes * positions];
    for (int plane = 0; plane < planes; plane++) {
      int base = plane * unfolding.inputSize();
      for (int p = 0; p < positions; p++) {
        double sum = 0;
        for (int at = p; at < offsets.length; at += positions) {
          if (offsets[at] >= 0) {
            sum += x[base + offsets[at]];
          }
        }
        y[plane * positions + p] = counts[p] == 0 ? 0 : sum / counts[p];
      }
    }
    return y;
  }

  private static int planes(int size, Unfolding unfolding) {
    return unfolding.inputSize() == 0 ? 0 : size / unfolding.inputSize();
  }

  /// The divisor of every output position.
  private static int[] counts(Pool pool, Unfolding unfolding, int[] offsets) {
    int positions = unfolding.positions();
    int[] counts = new int[positions];
    if (!pool.countPadding()) {
      for (int i = 0; i < offsets.length; i++) {
        counts[i % positions] += offsets[i] >= 0 ? 1 : 0;
      }
      return counts;
    }
    Window window = pool.window();
    Grid grid = new Grid(unfolding.output());
    for (int p = 0; p < positions; p++, grid.advance()) {
      counts[p] = 1;
      for (int axis = 0; axis < window.rank(); axis++) {
        counts[p] *=
            tapsBeforeEnd(window, axis, grid.position()[axis], unfolding.input().get(axis));
      }
    }
    return counts;
  }

  /// Taps of one axis that lie inside the input and its padding. No tap lies before the padding.
  private static int tapsBeforeEnd(Window window, int axis, int position, long extent) {
    long end = extent + window.padBefore().get(axis) + window.padAfter().get(axis);
    int taps = 0;
    for (long tap = 0; tap < window.kernel().get(axis); tap++) {
      long at = position * window.stride().get(axis) + tap * window.dilation().get(axis);
      taps += at < end ? 1 : 0;
    }
    return taps;
  }
}
