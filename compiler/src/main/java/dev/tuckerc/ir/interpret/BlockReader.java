package dev.tuckerc.ir.interpret;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/// Reads blocks of consecutive elements of a tensor broadcast to a larger shape.
final class BlockReader {
  static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Tensor tensor;
  private final boolean contiguous;

  /// Extents of the shape and the tensor's strides over it, neighbouring axes merged where they can
  /// be walked as one.
  private final int[] extents;

  private final int[] strides;

  BlockReader(Tensor tensor, List<Long> shape) {
    this.tensor = tensor;
    this.contiguous = tensor.size() == Tensor.elementCount(shape);
    int rank = shape.size();
    int offset = rank - tensor.rank();
    long[] own = Elements.strides(tensor.shape());
    int[] mergedExtents = new int[rank + 1];
    int[] mergedStrides = new int[rank + 1];
    int merged = 0;
    for (int axis = rank - 1; axis >= 0; axis--) {
      int extent = Math.toIntExact(shape.get(axis));
      int stride =
          axis < offset || tensor.dimension(axis - offset) == 1 ? 0 : (int) own[axis - offset];
      if (extent == 1) {
        continue;
      }
      if (merged > 0
          && stride == mergedExtents[merged - 1] * mergedStrides[merged - 1]
          && (stride != 0 || mergedStrides[merged - 1] == 0)) {
        mergedExtents[merged - 1] *= extent;
      } else {
        mergedExtents[merged] = extent;
        mergedStrides[merged++] = stride;
      }
    }
    // Innermost first.
    this.extents = Arrays.copyOf(mergedExtents, merged);
    this.strides = Arrays.copyOf(mergedStrides, merged);
  }

  /// The elements `start .. start+count` of the broadcast tensor.
  void read(int start, double[] into, int count) {
    if (contiguous) {
      readRun(start, into, count);
      return;
    }
    if (extents.length == 0) {
      Arrays.fill(into, 0, count, tensor.getDouble(0));
      return;
    }
    int done = 0;
    while (done < count) {
      int position = start + done;
      int inner = position % extents[0];
      int run = Math.min(extents[0] - inner, count - done);
      int index = indexOf(position);
      if (strides[0] == 0) {
        Arrays.fill(into, done, done + run, tensor.getDouble(index));
      } else {
        for (int i = 0; i < run; i++) {
          into[done + i] = tensor.getDouble(index + i * strides[0]);
        }
      }
      done += run;
    }
  }

  /// The elements `start .. start+count` of the broadcast tensor, of an integer type or BOOL.
  void read(int start, long[] into, int count) {
    if (contiguous) {
      for (int i = 0; i < count; i++) {
        into[i] = tensor.getLong(start + i);
      }
      return;
    }
    for (int i = 0; i < count; i++) {
      into[i] = tensor.getLong(indexOf(start + i));
    }
  }

  private int indexOf(int position) {
    int index = 0;
    int rest = position;
    for (int axis = 0; axis < extents.length; axis++) {
      index += rest % extents[axis] * strides[axis];
      rest /= extents[axis];
    }
    return index;
  }

  private void readRun(int start, double[] into, int count) {
    if (tensor.type() == DataType.F32) {
      float[] floats = new float[count];
      MemorySegment.copy(tensor.data(), FLOAT, start * 4L, floats, 0, count);
      for (int i = 0; i < count; i++) {
        into[i] = floats[i];
      }
      return;
    }
    for (int i = 0; i < count; i++) {
      into[i] = tensor.getDouble(start + i);
    }
  }

  /// Stores a block of results.
  static void write(Tensor output, int start, double[] values, int count) {
    if (output.type() == DataType.F32) {
      float[] floats = new float[count];
      for (int i = 0; i < count; i++) {
        floats[i] = (float) values[i];
      }
      MemorySegment.copy(floats, 0, output.data(), FLOAT, start * 4L, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      output.setDouble(start + i, values[i]);
    }
  }

  /// Stores a block of results of an integer type or BOOL.
  static void write(Tensor output, int start, long[] values, int count) {
    for (int i = 0; i < count; i++) {
      output.setLong(start + i, values[i]);
    }
  }
}
