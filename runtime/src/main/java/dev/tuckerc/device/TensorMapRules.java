package dev.tuckerc.device;

import dev.tuckerc.device.KernelArgument.TensorMap.Box;
import dev.tuckerc.device.KernelArgument.TensorMap.Fill;
import dev.tuckerc.device.KernelArgument.TensorMap.Pixels;
import dev.tuckerc.device.KernelArgument.TensorMap.Swizzle;
import dev.tuckerc.device.KernelArgument.TensorMap.Tile;
import java.util.List;

/// What a tensor map must obey: the rules of `cuTensorMapEncodeTiled` and `cuTensorMapEncodeIm2col`
/// (CUDA driver API, "Tensor Map Object Management") for maps without interleaving, and that the
/// tensor lies in its buffer.
final class TensorMapRules {
  private static final int MOST_RANK = 5;
  private static final long MOST_EXTENT = 1L << 32;
  private static final long STRIDE_LIMIT = 1L << 40;
  private static final int ALIGNMENT = 16;
  private static final int MOST_BOX = 256;
  private static final int MOST_PIXELS = 1024;
  private static final int LEAST_IMAGE_RANK = 3;
  private static final int MOST_ELEMENT_STRIDE = 8;

  private TensorMapRules() {}

  static void check(
      TensorElement type,
      List<Long> extents,
      List<Long> strides,
      Box box,
      List<Integer> elementStrides,
      Swizzle swizzle,
      Fill fill,
      DeviceBuffer buffer,
      long offset) {
    int rank = extents.size();
    String name = "tensor map of " + buffer.label() + ": ";
    require(rank >= 1 && rank <= MOST_RANK, name + rank + " dimensions; 1 to 5 are possible");
    require(
        strides.size() == rank - 1 && elementStrides.size() == rank,
        name
            + rank
            + " dimensions need "
            + (rank - 1)
            + " strides and "
            + rank
            + " element strides");
    for (int i = 0; i < rank; i++) {
      String at = name + "dimension " + i + ": ";
      range(at + "extent ", extents.get(i), MOST_EXTENT);
      range(at + "element stride ", elementStrides.get(i), MOST_ELEMENT_STRIDE);
    }
    for (int i = 1; i < rank; i++) {
      long stride = strides.get(i - 1);
      require(
          stride >= 0 && stride < STRIDE_LIMIT && stride % ALIGNMENT == 0,
          name
              + "dimension "
              + i
              + ": stride "
              + stride
              + " must be a multiple of 16 bytes and less than 2^40");
    }
    long inner =
        type.bytes()
            * switch (box) {
              case Tile tile -> tile(name, tile, rank);
              case Pixels pixels -> pixels(name, pixels, rank);
            };
    require(
        inner % ALIGNMENT == 0,
        name + "the inner dimension of the box has " + inner + " bytes, not a multiple of 16");
    require(
        swizzle == Swizzle.NONE || inner <= swizzle.bytes(),
        name
            + "the inner dimension of the box has "
            + inner
            + " bytes; with this swizzle at most "
            + swizzle.bytes()
            + " are possible");
    require(
        fill == Fill.ZERO || type.floating(), name + type + " elements cannot be filled with NaN");
    place(name, type, extents, strides, buffer, offset);
  }

  /// @return elements along dimension 0
  private static long tile(String name, Tile tile, int rank) {
    require(tile.extents().size() == rank, name + rank + " dimensions need as many box extents");
    for (int i = 0; i < rank; i++) {
      range(name + "dimension " + i + ": box extent ", tile.extents().get(i), MOST_BOX);
    }
    return tile.extents().getFirst();
  }

  /// @return elements along dimension 0
  private static long pixels(String name, Pixels pixels, int rank) {
    require(rank >= LEAST_IMAGE_RANK, name + "pixels need 3 to 5 dimensions, not " + rank);
    int image = rank - 2;
    require(
        pixels.lower().size() == image && pixels.upper().size() == image,
        name + rank + " dimensions need corners of " + image);
    // As many bits as all corners have in 16.
    int limit = image == 1 ? 1 << 15 : image == 2 ? 1 << 7 : 1 << 4;
    for (int i = 0; i < image; i++) {
      for (int corner : List.of(pixels.lower().get(i), pixels.upper().get(i))) {
        require(
            corner >= -limit && corner < limit,
            name + "corner " + corner + " must be " + -limit + " to " + (limit - 1));
      }
    }
    range(name + "channels ", pixels.channels(), MOST_BOX);
    range(name + "pixels ", pixels.pixels(), MOST_PIXELS);
    return pixels.channels();
  }

  private static void place(
      String name,
      TensorElement type,
      List<Long> extents,
      List<Long> strides,
      DeviceBuffer buffer,
      long offset) {
    require(
        offset >= 0 && (buffer.address() + offset) % ALIGNMENT == 0,
        name + "offset " + offset + " is negative or not aligned to 16 bytes");
    long end = offset + extents.getFirst() * type.bytes();
    for (int i = 1; i < extents.size(); i++) {
      // At most 2^32 * 2^40 each: beyond long's range the buffer is too small anyway.
      long more = Math.multiplyHigh(extents.get(i) - 1, strides.get(i - 1));
      long part = (extents.get(i) - 1) * strides.get(i - 1);
      require(more == 0 && part >= 0 && end + part >= 0, name + "the tensor is too large");
      end += part;
    }
    require(
        end <= buffer.bytes(),
        name + "the tensor ends at byte " + end + " of a buffer of " + buffer.bytes() + " bytes");
  }

  private static void range(String what, long value, long most) {
    require(value >= 1 && value <= most, what + value + " must be 1 to " + most);
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new DeviceException(message);
    }
  }
}
