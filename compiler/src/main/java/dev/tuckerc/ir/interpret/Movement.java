package dev.tuckerc.ir.interpret;

import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Pad;
import dev.tuckerc.ir.Slice;
import dev.tuckerc.ir.Transpose;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;

/// Operations that only move elements: bytes are copied, whatever the element type.
final class Movement {
  private Movement() {}

  /// Sum of the products of a position's coordinates and strides.
  static int dot(int[] position, long[] strides) {
    long index = 0;
    for (int axis = 0; axis < position.length; axis++) {
      index += position[axis] * strides[axis];
    }
    return (int) index;
  }

  /// `y[position] = x[start + position . strides]`
  private static Tensor strided(Tensor x, long start, long[] strides, List<Long> shape) {
    Tensor y = Tensor.zeros(x.type(), shape);
    int rank = shape.size();
    // Rows that are contiguous in the input are copied whole.
    boolean rows = rank > 0 && strides[rank - 1] == 1;
    List<Long> steps = rows ? shape.subList(0, rank - 1) : shape;
    int run = rows ? Math.toIntExact(shape.getLast()) : 1;
    Grid grid = new Grid(steps);
    for (int i = 0; i < grid.size(); i++, grid.advance()) {
      copy(x, (int) start + dot(grid.position(), strides), y, i * run, run);
    }
    return y;
  }

  private static void copy(Tensor x, int from, Tensor y, int to, int count) {
    long width = x.type().bytes();
    MemorySegment.copy(x.data(), from * width, y.data(), to * width, count * width);
  }

  static Tensor transpose(Transpose transpose, Tensor x, List<Long> shape) {
    long[] own = Elements.strides(x.shape());
    long[] strides =
        transpose.permutation().stream().mapToLong(axis -> own[axis.intValue()]).toArray();
    return strided(x, 0, strides, shape);
  }

  static Tensor slice(Slice slice, Tensor x, List<Long> shape) {
    long[] strides = Elements.strides(x.shape());
    long start = 0;
    for (int axis = 0; axis < strides.length; axis++) {
      start += slice.starts().get(axis) * strides[axis];
      strides[axis] *= slice.steps().get(axis);
    }
    return strided(x, Tensor.elementCount(shape) == 0 ? 0 : start, strides, shape);
  }

  static Tensor broadcast(Tensor x, List<Long> shape) {
    return strided(x, 0, broadcastStrides(x.shape(), shape), shape);
  }

  private static long[] broadcastStrides(List<Long> from, List<Long> to) {
    long[] own = Elements.strides(from);
    long[] strides = new long[to.size()];
    int offset = to.size() - from.size();
    for (int axis = offset; axis < strides.length; axis++) {
      strides[axis] = from.get(axis - offset) == 1 ? 0 : own[axis - offset];
    }
    return strides;
  }

  /// Index in a tensor of shape `from` of every element of the shape `to` it is broadcast to.
  static int[] broadcastOffsets(List<Long> from, List<Long> to) {
    long[] strides = broadcastStrides(from, to);
    Grid grid = new Grid(to);
    int[] offsets = new int[grid.size()];
    for (int i = 0; i < offsets.length; i++, grid.advance()) {
      offsets[i] = dot(grid.position(), strides);
    }
    return offsets;
  }

  static Tensor concat(List<Tensor> operands, int axis, List<Long> shape) {
    Tensor y = Tensor.zeros(operands.getFirst().type(), shape);
    int outer = Elements.product(shape, 0, axis);
    int row = Elements.product(shape, axis, shape.size());
    int start = 0;
    for (Tensor x : operands) {
      int run = Elements.product(x.shape(), axis, x.rank());
      for (int o = 0; o < outer; o++) {
        copy(x, o * run, y, o * row + start, run);
      }
      start += run;
    }
    return y;
  }

  static Tensor gather(Tensor x, Tensor indices, int axis, List<Long> shape) {
    Tensor y = Tensor.zeros(x.type(), shape);
    int outer = Elements.product(x.shape(), 0, axis);
    int inner = Elements.product(x.shape(), axis + 1, x.rank());
    long extent = x.shape().get(axis);
    for (int i = 0; i < indices.size(); i++) {
      long index = indices.getLong(i);
      long normalized = index < 0 && !indices.type().isUnsigned() ? index + extent : index;
      if (normalized < 0 || normalized >= extent) {
        throw new IrException(
            "gather index " + index + " is outside axis " + axis + " of " + x.shape());
      }
      for (int o = 0; o < outer; o++) {
        copy(
            x, (int) (o * extent + normalized) * inner, y, (o * indices.size() + i) * inner, inner);
      }
    }
    return y;
  }

  /// Negative pads are cut off first; the others then see what is left.
  static Tensor pad(Pad pad, Tensor x, List<Long> shape) {
    Tensor y = Tensor.zeros(x.type(), shape);
    int rank = x.rank();
    long[] strides = Elements.strides(x.shape());
    int[][] sources = new int[rank][];
    for (int axis = 0; axis < rank; axis++) {
      sources[axis] = sources(pad, axis, x.dimension(axis), Math.toIntExact(shape.get(axis)));
    }
    fill(y, pad.value());
    Grid grid = new Grid(shape);
    for (int i = 0; i < y.size(); i++, grid.advance()) {
      long from = 0;
      for (int axis = 0; axis < rank && from >= 0; axis++) {
        int source = sources[axis][grid.position()[axis]];
        from = source < 0 ? -1 : from + source * strides[axis];
      }
      if (from >= 0) {
        copy(x, (int) from, y, i, 1);
      }
    }
    return y;
  }

  private static void fill(Tensor y, double value) {
    if (value == 0 && Double.doubleToRawLongBits(value) == 0) {
      return;
    }
    for (int i = 0; i < y.size(); i++) {
      y.setDouble(i, value);
    }
  }

  /// The input coordinate behind each output coordinate of one axis, or -1 for the pad's value.
  private static int[] sources(Pad pad, int axis, int input, int output) {
    int start = Math.toIntExact(Math.max(0, -pad.before().get(axis)));
    int length = input - start - Math.toIntExact(Math.max(0, -pad.after().get(axis)));
    int before = Math.toIntExact(Math.max(0, pad.before().get(axis)));
    int[] sources = new int[output];
    if (length <= 0 && pad.mode() != Pad.Mode.CONSTANT && output > 0) {
      throw new IrException(
          "pad in mode "
              + pad.mode().name().toLowerCase(java.util.Locale.ROOT)
              + " has nothing to repeat along axis "
              + axis);
    }
    for (int i = 0; i < output; i++) {
      int at = i - before;
      int source =
          switch (pad.mode()) {
            case CONSTANT -> at >= 0 && at < length ? at : -1;
            case EDGE -> Math.clamp(at, 0, length - 1);
            case WRAP -> Math.floorMod(at, length);
            case REFLECT -> reflect(at, length);
          };
      sources[i] = source < 0 ? -1 : source + start;
    }
    return sources;
  }

  /// Mirrors at the first and last element, which are not repeated.
  private static int reflect(int at, int length) {
    if (length == 1) {
      return 0;
    }
    int folded = Math.floorMod(at, 2 * (length - 1));
    return folded < length ? folded : 2 * (length - 1) - folded;
  }
}
