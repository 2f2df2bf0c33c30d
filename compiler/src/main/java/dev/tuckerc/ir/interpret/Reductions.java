package dev.tuckerc.ir.interpret;

import dev.tuckerc.ir.ArgReduce;
import dev.tuckerc.ir.CumulativeSum;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.Softmax;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/// Reductions, softmax and running sums.
final class Reductions {
  private Reductions() {}

  /// Reduces over the axes; NaN wins a maximum or minimum. The mean of no element is NaN, or 0 as
  /// an integer; an integer mean truncates towards zero. As BOOL a maximum is "any", a minimum
  /// "all".
  static Tensor reduce(Reduce reduce, Tensor x, List<Long> shape) {
    // Strides of the result over the input's axes: 0 where reduced.
    long[] strides = new long[x.rank()];
    long stride = 1;
    int reduced = 1;
    for (int axis = x.rank() - 1; axis >= 0; axis--) {
      if (reduce.axes().contains((long) axis)) {
        reduced *= x.dimension(axis);
      } else {
        strides[axis] = stride;
        stride *= x.dimension(axis);
      }
    }
    int size = Tensor.elementCount(shape);
    return x.type().isFloat()
        ? floats(reduce, x, shape, strides, size, reduced)
        : integers(reduce.kind(), x, shape, strides, size, reduced);
  }

  private static Tensor floats(
      Reduce reduce, Tensor x, List<Long> shape, long[] strides, int size, int reduced) {
    Reduce.Kind kind = reduce.kind();
    double[] y = new double[size];
    Arrays.fill(
        y,
        switch (kind) {
          case SUM, MEAN -> 0;
          case PRODUCT -> 1;
          case MAXIMUM -> Double.NEGATIVE_INFINITY;
          case MINIMUM -> Double.POSITIVE_INFINITY;
        });
    double[] values = x.toDoubles();
    Grid grid = new Grid(x.shape());
    for (int i = 0; i < values.length; i++, grid.advance()) {
      int to = Movement.dot(grid.position(), strides);
      switch (kind) {
        case SUM, MEAN -> y[to] += values[i];
        case PRODUCT -> y[to] *= values[i];
        case MAXIMUM -> y[to] = Math.max(y[to], values[i]);
        case MINIMUM -> y[to] = Math.min(y[to], values[i]);
      }
    }
    if (kind == Reduce.Kind.MEAN) {
      for (int i = 0; i < size; i++) {
        y[i] /= reduced;
      }
    }
    return Elements.ofDoubles(reduce.element(), shape, y);
  }

  private static Tensor integers(
      Reduce.Kind kind, Tensor x, List<Long> shape, long[] strides, int size, int reduced) {
    boolean unsigned = x.type() == DataType.U64;
    long[] y = new long[size];
    Arrays.fill(
        y,
        switch (kind) {
          case SUM, MEAN -> 0;
          case PRODUCT -> 1;
          case MAXIMUM -> lowest(x.type());
          case MINIMUM -> highest(x.type());
        });
    Grid grid = new Grid(x.shape());
    for (int i = 0; i < x.size(); i++, grid.advance()) {
      int to = Movement.dot(grid.position(), strides);
      long value = x.getLong(i);
      switch (kind) {
        case SUM, MEAN -> y[to] += value;
        case PRODUCT -> y[to] *= value;
        case MAXIMUM ->
            y[to] = IntegerFunctions.compare(value, y[to], unsigned) > 0 ? value : y[to];
        case MINIMUM ->
            y[to] = IntegerFunctions.compare(value, y[to], unsigned) < 0 ? value : y[to];
      }
    }
    if (kind == Reduce.Kind.MEAN) {
      for (int i = 0; i < size; i++) {
        y[i] = reduced == 0 ? 0 : unsigned ? Long.divideUnsigned(y[i], reduced) : y[i] / reduced;
      }
    }
    return Elements.ofLongs(x.type(), shape, y);
  }

  /// Smallest value of an integer type or BOOL.
  static long lowest(DataType type) {
    return type.isUnsigned() || type == DataType.BOOL ? 0 : -1L << 8 * type.bytes() - 1;
  }

  private static long highest(DataType type) {
    return switch (type) {
      case BOOL -> 1;
      case U64 -> -1;
      case U32, U16, U8 -> (1L << 8 * type.bytes()) - 1;
      default -> ~lowest(type);
    };
  }

  /// Index of the extreme element; NaN counts as more extreme than any number.
  static Tensor argReduce(ArgReduce reduce, Tensor x, List<Long> shape) {
    int axis = (int) reduce.axis();
    int extent = x.dimension(axis);
    if (extent == 0) {
      throw new IrException("arg_reduce over axis " + axis + " of " + x.shape() + " is empty");
    }
    int inner = Elements.product(x.shape(), axis + 1, x.rank());
    int outer = Elements.product(x.shape(), 0, axis);
    long[] y = new long[outer * inner];
    for (int o = 0; o < outer; o++) {
      for (int i = 0; i < inner; i++) {
        int base = o * extent * inner + i;
        int best = 0;
        for (int candidate = 1; candidate < extent; candidate++) {
          int order = compare(reduce.kind(), x, base + candidate * inner, base + best * inner);
          if (order > 0 || order == 0 && reduce.last()) {
            best = candidate;
          }
        }
        y[o * inner + i] = best;
      }
    }
    return Elements.ofLongs(DataType.I64, shape, y);
  }

  /// Positive when the element at `a` is more extreme than that at `b`, 0 when equal.
  private static int compare(ArgReduce.Kind kind, Tensor x, int a, int b) {
    int sign = kind == ArgReduce.Kind.MAXIMUM ? 1 : -1;
    if (!x.type().isFloat()) {
      return sign * IntegerFunctions.compare(x.getLong(a), x.getLong(b), x.type() == DataType.U64);
    }
    double left = x.getDouble(a);
    double right = x.getDouble(b);
    if (Double.isNaN(left) || Double.isNaN(right)) {
      return Boolean.compare(Double.isNaN(left), Double.isNaN(right));
    }
    return left == right ? 0 : sign * Double.compare(left, right);
  }

  static Tensor softmax(Softmax softmax, Tensor x) {
    int axis = (int) softmax.axis();
    int extent = x.dimension(axis);
    int inner = Elements.product(x.shape(), axis + 1, x.rank());
    int outer = Elements.product(x.shape(), 0, axis);
    double[] values = x.toDoubles();
    for (int o = 0; o < outer; o++) {
      for (int i = 0; i < inner; i++) {
        int base = o * extent * inner + i;
        double maximum = Double.NEGATIVE_INFINITY;
        for (int k = 0; k < extent; k++) {
          maximum = Math.max(maximum, values[base + k * inner]);
        }
        double sum = 0;
        for (int k = 0; k < extent; k++) {
          sum += Math.exp(values[base + k * inner] - maximum);
        }
        for (int k = 0; k < extent; k++) {
          double shifted = values[base + k * inner] - maximum;
          values[base + k * inner] =
              softmax.logarithm() ? shifted - Math.log(sum) : Math.exp(shifted) / sum;
        }
      }
    }
    return Elements.ofDoubles(x.type(), x.shape(), values);
  }

  static Tensor cumulativeSum(CumulativeSum sum, Tensor x) {
    int axis = (int) sum.axis();
    int extent = x.dimension(axis);
    int inner = Elements.product(x.shape(), axis + 1, x.rank());
    boolean floats = x.type().isFloat();
    double[] y = new double[floats ? x.size() : 0];
    long[] integers = new long[floats ? 0 : x.size()];
    int lines = extent == 0 ? 0 : x.size() / extent;
    for (int line = 0; line < lines; line++) {
      int base = line / inner * extent * inner + line % inner;
      double total = 0;
      long integerTotal = 0;
      for (int k = 0; k < extent; k++) {
        int at = base + (sum.reverse() ? extent - 1 - k : k) * inner;
        if (floats) {
          double next = total + x.getDouble(at);
          y[at] = sum.exclusive() ? total : next;
          total = next;
        } else {
          long next = integerTotal + x.getLong(at);
          integers[at] = sum.exclusive() ? integerTotal : next;
          integerTotal = next;
        }
      }
    }
    return floats
        ? Elements.ofDoubles(x.type(), x.shape(), y)
        : Elements.ofLongs(x.type(), x.shape(), integers);
  }
}
