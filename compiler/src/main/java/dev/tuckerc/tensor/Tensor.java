package dev.tuckerc.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.function.ObjIntConsumer;
import java.util.stream.Collectors;

/// A dense row-major tensor in host memory, little-endian.
///
/// The storage is owned by whoever made the tensor; a tensor handed on is treated as immutable.
/// Narrow types are read and written through `double` and `long`, rounding to nearest even on
/// writing floats, wrapping on writing integers, and truncating and saturating on writing a
/// `double` to an integer type (NaN gives 0). BOOL elements are 0 or 1.
public final class Tensor {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /// Elements converted at a time.
  private static final int BLOCK = 1 << 14;

  private final DataType type;
  private final List<Long> shape;
  private final int size;
  private final MemorySegment data;

  private Tensor(DataType type, List<Long> shape, MemorySegment data) {
    this.type = type;
    this.shape = List.copyOf(shape);
    this.size = elementCount(shape);
    this.data = data;
    if (data.byteSize() != (long) size * type.bytes()) {
      throw new IllegalArgumentException(
          "tensor "
              + type
              + shape
              + " needs "
              + (long) size * type.bytes()
              + " bytes, not "
              + data.byteSize());
    }
  }

  /// Wraps existing storage, which must hold exactly the elements.
  public static Tensor of(DataType type, List<Long> shape, MemorySegment data) {
    return new Tensor(type, shape, data);
  }

  /// A tensor of zeros.
  public static Tensor zeros(DataType type, List<Long> shape) {
    long bytes = (long) elementCount(shape) * type.bytes();
    if (bytes > Integer.MAX_VALUE - 16) {
      throw new IllegalArgumentException("tensor " + type + shape + " is larger than 2 GiB");
    }
    return new Tensor(type, shape, MemorySegment.ofArray(new byte[(int) bytes]));
  }

  /// An F32 tensor over a copy of `values`.
  public static Tensor ofFloats(List<Long> shape, float... values) {
    return new Tensor(DataType.F32, shape, MemorySegment.ofArray(values.clone()));
  }

  /// An F64 tensor over a copy of `values`.
  public static Tensor ofDoubles(List<Long> shape, double... values) {
    return new Tensor(DataType.F64, shape, MemorySegment.ofArray(values.clone()));
  }

  /// An I64 tensor over a copy of `values`.
  public static Tensor ofLongs(List<Long> shape, long... values) {
    return new Tensor(DataType.I64, shape, MemorySegment.ofArray(values.clone()));
  }

  /// An F16 tensor of a copy of `bits`, IEEE binary16 numbers.
  public static Tensor ofFloat16Bits(List<Long> shape, short... bits) {
    Tensor tensor = zeros(DataType.F16, shape);
    if (bits.length != tensor.size) {
      throw new IllegalArgumentException(bits.length + " elements for shape " + shape);
    }
    MemorySegment.copy(bits, 0, tensor.data, SHORT, 0, bits.length);
    return tensor;
  }

  /// A rank-0 tensor.
  public static Tensor scalar(DataType type, double value) {
    Tensor tensor = zeros(type, List.of());
    tensor.setDouble(0, value);
    return tensor;
  }

  /// Number of elements of a shape; at most 2^31 - 1.
  public static int elementCount(List<Long> shape) {
    long count = 1;
    for (long extent : shape) {
      if (extent < 0) {
        throw new IllegalArgumentException("negative extent in shape " + shape);
      }
      count = Math.multiplyExact(count, extent);
    }
    return Math.toIntExact(count);
  }

  public DataType type() {
    return type;
  }

  public List<Long> shape() {
    return shape;
  }

  public int rank() {
    return shape.size();
  }

  /// Extent of one dimension.
  public int dimension(int axis) {
    return Math.toIntExact(shape.get(axis));
  }

  /// Number of elements.
  public int size() {
    return size;
  }

  /// The storage itself.
  public MemorySegment data() {
    return data;
  }

  /// Element at a row-major index, as a double (exact for every type but large 64-bit integers).
  public double getDouble(int index) {
    return switch (type) {
      case F64 -> data.get(DOUBLE, index * 8L);
      case F32 -> data.get(FLOAT, index * 4L);
      case F16 -> Float.float16ToFloat(data.get(SHORT, index * 2L));
      case BF16 -> Float.intBitsToFloat(data.get(SHORT, index * 2L) << 16);
      case U64 -> unsignedToDouble(getLong(index));
      case I64, I32, I16, I8, U32, U16, U8, BOOL -> getLong(index);
    };
  }

  /// Element at a row-major index, as a long; floats are truncated towards zero.
  public long getLong(int index) {
    return switch (type) {
      case I64, U64 -> data.get(LONG, index * 8L);
      case I32 -> data.get(INT, index * 4L);
      case U32 -> Integer.toUnsignedLong(data.get(INT, index * 4L));
      case I16 -> data.get(SHORT, index * 2L);
      case U16 -> Short.toUnsignedLong(data.get(SHORT, index * 2L));
      case I8 -> data.get(ValueLayout.JAVA_BYTE, index);
      case U8, BOOL -> Byte.toUnsignedLong(data.get(ValueLayout.JAVA_BYTE, index));
      case F64, F32, F16, BF16 -> (long) getDouble(index);
    };
  }

  /// Stores a number, rounded to the element type, or truncated and saturated.
  public void setDouble(int index, double value) {
    switch (type) {
      case F64 -> data.set(DOUBLE, index * 8L, value);
      case F32 -> data.set(FLOAT, index * 4L, (float) value);
      case F16 -> data.set(SHORT, index * 2L, Rounding.toFloat16(value));
      case BF16 -> data.set(SHORT, index * 2L, Rounding.toBfloat16(value));
      case BOOL -> data.set(ValueLayout.JAVA_BYTE, index, (byte) (value != 0 ? 1 : 0));
      case I64, U64, I32, U32, I16, U16, I8, U8 -> setLong(index, Rounding.toInteger(value, type));
    }
  }

  /// Stores an integer, wrapped to the element type.
  public void setLong(int index, long value) {
    switch (type) {
      case I64, U64 -> data.set(LONG, index * 8L, value);
      case I32, U32 -> data.set(INT, index * 4L, (int) value);
      case I16, U16 -> data.set(SHORT, index * 2L, (short) value);
      case I8, U8 -> data.set(ValueLayout.JAVA_BYTE, index, (byte) value);
      case BOOL -> data.set(ValueLayout.JAVA_BYTE, index, (byte) (value != 0 ? 1 : 0));
      case F64 -> setDouble(index, value);
      // Odd rounding at 53 bits keeps the second rounding correct.
      case F32, F16, BF16 -> setDouble(index, Rounding.toOddDouble(value));
    }
  }

  /// All elements as floats.
  public float[] toFloats() {
    if (type == DataType.F32) {
      float[] values = new float[size];
      MemorySegment.copy(data, FLOAT, 0, values, 0, size);
      return values;
    }
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) getDouble(i);
    }
    return values;
  }

  /// All elements as doubles.
  public double[] toDoubles() {
    double[] values = new double[size];
    read(0, values);
    return values;
  }

  /// Reads elements as doubles, from an index on: as many as there is room for, or as are left.
  ///
  /// @return how many
  public int read(int from, double[] values) {
    int count = Math.min(values.length, size - from);
    switch (type) {
      case F64 -> MemorySegment.copy(data, DOUBLE, from * 8L, values, 0, count);
      case F32 -> {
        float[] block = new float[Math.min(count, BLOCK)];
        for (int start = 0; start < count; start += block.length) {
          int length = Math.min(block.length, count - start);
          MemorySegment.copy(data, FLOAT, (from + start) * 4L, block, 0, length);
          for (int i = 0; i < length; i++) {
            values[start + i] = block[i];
          }
        }
      }
      case F16 -> {
        short[] bits = new short[count];
        MemorySegment.copy(data, SHORT, from * 2L, bits, 0, count);
        for (int i = 0; i < count; i++) {
          values[i] = Float.float16ToFloat(bits[i]);
        }
      }
      case BF16, I64, U64, I32, U32, I16, U16, I8, U8, BOOL -> {
        for (int i = 0; i < count; i++) {
          values[i] = getDouble(from + i);
        }
      }
    }
    return count;
  }

  /// Hands all elements to a reader, in order, a block at a time.
  ///
  /// @param reader takes the block and how many elements of it count
  public void forEachBlock(ObjIntConsumer<double[]> reader) {
    double[] block = new double[Math.min(size, BLOCK)];
    for (int from = 0; from < size; from += block.length) {
      reader.accept(block, read(from, block));
    }
  }

  /// Takes elements of a tensor, of which `block` holds `count` from index `from` on.
  @FunctionalInterface
  public interface FloatReader {
    void accept(float[] block, int from, int count);
  }

  /// Hands all elements of an F32 tensor to a reader, in order, a block at a time: no copy of the
  /// whole is made, and what a reader does with a block it does in the processor's cache.
  ///
  /// @throws IllegalStateException when the elements have another type
  public void forEachFloatBlock(FloatReader reader) {
    requireType(DataType.F32);
    float[] block = new float[Math.min(size, BLOCK)];
    for (int from = 0; from < size; from += block.length) {
      int count = Math.min(block.length, size - from);
      MemorySegment.copy(data, FLOAT, from * 4L, block, 0, count);
      reader.accept(block, from, count);
    }
  }

  private void requireType(DataType wanted) {
    if (type != wanted) {
      throw new IllegalStateException("elements of type " + type + ", not " + wanted);
    }
  }

  /// The largest magnitude of an element; NaN where one is NaN, 0 of none.
  public double magnitude() {
    double[] largest = {0};
    forEachBlock((block, count) -> {
      double most = largest[0];
      for (int i = 0; i < count; i++) {
        most = Math.max(most, Math.abs(block[i]));
      }
      largest[0] = most;
    });
    return largest[0];
  }

  /// All elements of an F16 tensor as IEEE binary16 numbers.
  ///
  /// @throws IllegalStateException when the elements have another type
  public short[] toFloat16Bits() {
    requireType(DataType.F16);
    short[] bits = new short[size];
    MemorySegment.copy(data, SHORT, 0, bits, 0, size);
    return bits;
  }

  /// All elements as longs.
  public long[] toLongs() {
    long[] values = new long[size];
    for (int i = 0; i < size; i++) {
      values[i] = getLong(i);
    }
    return values;
  }

  /// The same elements under another shape of equal size; storage is shared.
  public Tensor reshape(List<Long> newShape) {
    return new Tensor(type, newShape, data);
  }

  /// The elements converted to another type; this tensor when the type is the same.
  public Tensor convert(DataType target) {
    if (target == type) {
      return this;
    }
    if (type == DataType.F32 && target == DataType.F16) {
      return RoundedToHalf.of(this).tensor();
    }
    Tensor result = zeros(target, shape);
    if (type == DataType.F64 && target == DataType.F32) {
      long[] at = {0};
      float[] floats = new float[Math.min(size, BLOCK)];
      forEachBlock((block, count) -> {
        for (int i = 0; i < count; i++) {
          floats[i] = (float) block[i];
        }
        MemorySegment.copy(floats, 0, result.data, FLOAT, at[0] * Float.BYTES, count);
        at[0] += count;
      });
      return result;
    }
    // An unsigned 64-bit integer does not fit the signed path to a float.
    boolean integers = !type.isFloat() && !(type == DataType.U64 && target.isFloat());
    for (int i = 0; i < size; i++) {
      if (integers) {
        result.setLong(i, getLong(i));
      } else {
        result.setDouble(i, getDouble(i));
      }
    }
    return result;
  }

  /// Whether type, shape and every byte are equal.
  public boolean contentEquals(Tensor other) {
    return type == other.type && shape.equals(other.shape) && data.mismatch(other.data) < 0;
  }

  @Override
  public String toString() {
    String extents = shape.stream().map(String::valueOf).collect(Collectors.joining(","));
    String head = Arrays.toString(Arrays.stream(firstElements()).toArray());
    return type + "[" + extents + "]" + head;
  }

  private double[] firstElements() {
    double[] head = new double[Math.min(size, 8)];
    for (int i = 0; i < head.length; i++) {
      head[i] = getDouble(i);
    }
    return head;
  }

  private static double unsignedToDouble(long value) {
    return value >= 0 ? value : (value >>> 1 | value & 1) * 2.0;
  }
}
