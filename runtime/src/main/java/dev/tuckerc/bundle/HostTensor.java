package dev.tuckerc.bundle;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// A tensor in host memory: row-major (the last dimension varies fastest), little-endian, without
/// gaps.
///
/// Equality is identity of the memory; compare contents with [#sameContent].
///
/// @param type element type
/// @param shape extents, outermost first; empty for a scalar
/// @param data exactly the elements
public record HostTensor(ElementType type, List<Long> shape, MemorySegment data) {
  private static final ValueLayout.OfFloat FLOAT =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(LITTLE_ENDIAN);

  public HostTensor {
    shape = List.copyOf(shape);
    long expected = bytes(type, shape);
    if (data.byteSize() != expected) {
      throw new IllegalArgumentException(
          "a tensor "
              + describe(type, shape)
              + " has "
              + expected
              + " bytes, not "
              + data.byteSize());
    }
  }

  /// A tensor of zeros, in memory that is freed when no longer referenced.
  public static HostTensor zeros(ElementType type, List<Long> shape) {
    return new HostTensor(
        type,
        shape,
        Arena.ofAuto()
            .allocate(Math.max(1, bytes(type, shape)), 64)
            .asSlice(0, bytes(type, shape)));
  }

  /// An [ElementType#F32] tensor of these values.
  public static HostTensor ofFloats(List<Long> shape, float... values) {
    HostTensor tensor = zeros(ElementType.F32, shape);
    requireCount(tensor, values.length);
    for (int i = 0; i < values.length; i++) {
      tensor.data.set(FLOAT, 4L * i, values[i]);
    }
    return tensor;
  }

  /// An [ElementType#I64] tensor of these values.
  public static HostTensor ofLongs(List<Long> shape, long... values) {
    HostTensor tensor = zeros(ElementType.I64, shape);
    requireCount(tensor, values.length);
    for (int i = 0; i < values.length; i++) {
      tensor.data.set(LONG, 8L * i, values[i]);
    }
    return tensor;
  }

  /// The values of an [ElementType#F32] tensor.
  public float[] toFloats() {
    requireType(ElementType.F32);
    return data.toArray(FLOAT);
  }

  /// The values of an [ElementType#I64] tensor.
  public long[] toLongs() {
    requireType(ElementType.I64);
    return data.toArray(LONG);
  }

  /// Number of elements.
  public long elements() {
    return elements(shape);
  }

  /// Whether type, shape and every byte are the same.
  public boolean sameContent(HostTensor other) {
    return type == other.type && shape.equals(other.shape) && data.mismatch(other.data) < 0;
  }

  /// Type and shape, such as `F32[1,3,224,224]`.
  public String describe() {
    return describe(type, shape);
  }

  public static String describe(ElementType type, List<Long> shape) {
    return type + shape.toString().replace(" ", "");
  }

  /// Number of elements of a shape.
  ///
  /// @throws IllegalArgumentException for a negative extent or a number beyond 64 bits
  static long elements(List<Long> shape) {
    long count = 1;
    boolean empty = false;
    for (long extent : shape) {
      if (extent < 0) {
        throw new IllegalArgumentException("shape " + shape + " has a negative extent");
      }
      // An extent of 0 must not hide that the others overflow.
      empty |= extent == 0;
      try {
        count = Math.multiplyExact(count, Math.max(1, extent));
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException("shape " + shape + " is too large", e);
      }
    }
    return empty ? 0 : count;
  }

  /// Size in bytes of a tensor.
  ///
  /// @throws IllegalArgumentException for a negative extent or a number beyond 64 bits
  public static long bytes(ElementType type, List<Long> shape) {
    try {
      return Math.multiplyExact(elements(shape), (long) type.bytes());
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException("shape " + shape + " is too large", e);
    }
  }

  private void requireType(ElementType wanted) {
    if (type != wanted) {
      throw new IllegalArgumentException("a tensor of " + type + ", not of " + wanted);
    }
  }

  private static void requireCount(HostTensor tensor, int count) {
    if (tensor.elements() != count) {
      throw new IllegalArgumentException(
          "shape " + tensor.shape + " has " + tensor.elements() + " elements, not " + count);
    }
  }
}
