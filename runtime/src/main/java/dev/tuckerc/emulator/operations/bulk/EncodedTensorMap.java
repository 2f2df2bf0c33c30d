package dev.tuckerc.emulator.operations.bulk;

import dev.tuckerc.device.KernelArgument.TensorMap;
import dev.tuckerc.device.KernelArgument.TensorMap.Fill;
import dev.tuckerc.device.KernelArgument.TensorMap.Pixels;
import dev.tuckerc.device.KernelArgument.TensorMap.Swizzle;
import dev.tuckerc.device.KernelArgument.TensorMap.Tile;
import dev.tuckerc.device.TensorElement;
import dev.tuckerc.emulator.operations.Bytes;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A tensor map as the emulator writes it into a kernel's parameter: 128 opaque bytes, like those
/// of the driver, which are not documented. A magic number and a checksum tell whether memory holds
/// one.
///
/// @param address of the tensor's first element
/// @param extents elements along each dimension
/// @param strides bytes between neighbours along each dimension, 0 included
/// @param box elements along each dimension before elements are skipped; of pixels, the channels
/// @param steps between the elements of a box, or between pixels
/// @param pixels of a copy, or 0 where it moves a tile
/// @param lower first corner of the pixels' bounding box, relative to the image's first pixel
/// @param upper last corner, relative to the image's last pixel
public record EncodedTensorMap(
    TensorElement type,
    long address,
    long[] extents,
    long[] strides,
    int[] box,
    int[] steps,
    int pixels,
    int[] lower,
    int[] upper,
    Swizzle swizzle,
    Fill fill) {
  private static final long MAGIC = 0x70616d_726f736e_65L << 8 | 't';
  private static final int[] NONE = {};
  private static final int CHECKED = 116;

  /// What the kernel gets for an argument.
  ///
  /// @param address of the buffer
  public static EncodedTensorMap of(TensorMap map, long address) {
    int rank = map.rank();
    long[] strides = new long[rank];
    strides[0] = map.type().bytes();
    for (int i = 1; i < rank; i++) {
      strides[i] = map.strides().get(i - 1);
    }
    int[] steps = array(map.elementStrides());
    // The hardware has no step along dimension 0 and ignores this one.
    steps[0] = 1;
    return switch (map.box()) {
      case Tile tile -> of(map, address, strides, steps, array(tile.extents()), 0, NONE, NONE);
      case Pixels pixels -> {
        int[] box = new int[rank];
        Arrays.fill(box, 1);
        box[0] = pixels.channels();
        yield of(
            map,
            address,
            strides,
            steps,
            box,
            pixels.pixels(),
            array(pixels.lower()),
            array(pixels.upper()));
      }
    };
  }

  private static EncodedTensorMap of(
      TensorMap map,
      long address,
      long[] strides,
      int[] steps,
      int[] box,
      int pixels,
      int[] lower,
      int[] upper) {
    return new EncodedTensorMap(
        map.type(),
        address + map.offset(),
        map.extents().stream().mapToLong(Long::longValue).toArray(),
        strides,
        box,
        steps,
        pixels,
        lower,
        upper,
        map.swizzle(),
        map.fill());
  }

  private static int[] array(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).toArray();
  }

  /// Number of dimensions.
  public int rank() {
    return extents.length;
  }

  /// Elements of a box along a dimension.
  int elements(int dimension) {
    return (box[dimension] + steps[dimension] - 1) / steps[dimension];
  }

  /// Bytes of a box along dimension 0.
  int rowBytes() {
    return box[0] * type.bytes();
  }

  /// Bytes of a box.
  long boxBytes() {
    if (pixels > 0) {
      return (long) pixels * rowBytes();
    }
    long bytes = rowBytes();
    for (int i = 1; i < rank(); i++) {
      bytes *= elements(i);
    }
    return bytes;
  }

  /// Rows of a box: its elements along all dimensions but the first, or its pixels.
  int rows() {
    if (pixels > 0) {
      return pixels;
    }
    int rows = 1;
    for (int i = 1; i < rank(); i++) {
      rows *= elements(i);
    }
    return rows;
  }

  /// Writes the 128 bytes.
  public void write(byte[] memory, int offset) {
    Bytes.LONG.set(memory, offset, MAGIC);
    memory[offset + 8] = (byte) type.ordinal();
    memory[offset + 9] = (byte) rank();
    memory[offset + 10] = (byte) swizzle.ordinal();
    memory[offset + 11] = (byte) fill.ordinal();
    Bytes.LONG.set(memory, offset + 16, address);
    for (int i = 0; i < rank(); i++) {
      Bytes.LONG.set(memory, offset + 24 + 8 * i, extents[i]);
      if (i > 0) {
        Bytes.LONG.set(memory, offset + 56 + 8 * i, strides[i]);
      }
      memory[offset + 96 + i] = (byte) (box[i] - 1);
      memory[offset + 12] |= (byte) (i < 2 ? steps[i] - 1 << 4 * i : 0);
      memory[offset + 13] |= (byte) (i >= 2 && i < 4 ? steps[i] - 1 << 4 * (i - 2) : 0);
      memory[offset + 14] |= (byte) (i == 4 ? steps[i] - 1 : 0);
    }
    Bytes.SHORT.set(memory, offset + 102, (short) pixels);
    for (int i = 0; i < lower.length; i++) {
      Bytes.SHORT.set(memory, offset + 104 + 2 * i, (short) lower[i]);
      Bytes.SHORT.set(memory, offset + 110 + 2 * i, (short) upper[i]);
    }
    Bytes.INT.set(memory, offset + CHECKED, checksum(memory, offset));
  }

  private static int checksum(byte[] memory, int offset) {
    return Arrays.hashCode(Arrays.copyOfRange(memory, offset, offset + CHECKED));
  }

  /// Reads what [#write] wrote, or null where memory holds something else.
  static @Nullable EncodedTensorMap read(byte[] memory, int offset) {
    if ((long) Bytes.LONG.get(memory, offset) != MAGIC
        || (int) Bytes.INT.get(memory, offset + CHECKED) != checksum(memory, offset)) {
      return null;
    }
    int rank = memory[offset + 9];
    long[] extents = new long[rank];
    long[] strides = new long[rank];
    int[] box = new int[rank];
    int[] steps = new int[rank];
    for (int i = 0; i < rank; i++) {
      extents[i] = (long) Bytes.LONG.get(memory, offset + 24 + 8 * i);
      strides[i] = (long) Bytes.LONG.get(memory, offset + 56 + 8 * i);
      box[i] = (memory[offset + 96 + i] & 0xff) + 1;
      steps[i] = (memory[offset + 12 + i / 2] >>> 4 * (i % 2) & 15) + 1;
    }
    TensorElement type = TensorElement.values()[memory[offset + 8]];
    strides[0] = type.bytes();
    int pixels = (short) Bytes.SHORT.get(memory, offset + 102);
    int[] lower = new int[pixels > 0 ? rank - 2 : 0];
    int[] upper = new int[lower.length];
    for (int i = 0; i < lower.length; i++) {
      lower[i] = (short) Bytes.SHORT.get(memory, offset + 104 + 2 * i);
      upper[i] = (short) Bytes.SHORT.get(memory, offset + 110 + 2 * i);
    }
    return new EncodedTensorMap(
        type,
        (long) Bytes.LONG.get(memory, offset + 16),
        extents,
        strides,
        box,
        steps,
        pixels,
        lower,
        upper,
        Swizzle.values()[memory[offset + 10]],
        Fill.values()[memory[offset + 11]]);
  }
}
