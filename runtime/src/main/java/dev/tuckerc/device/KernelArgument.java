package dev.tuckerc.device;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// A kernel parameter.
public sealed interface KernelArgument {

  /// The address of a buffer, plus a byte offset.
  record Pointer(DeviceBuffer buffer, long offset) implements KernelArgument {
    public Pointer {
      if (offset < 0 || offset > buffer.bytes()) {
        throw new DeviceException(
            "offset "
                + offset
                + " outside buffer "
                + buffer.label()
                + " of "
                + buffer.bytes()
                + " bytes");
      }
    }
  }

  /// A 32-bit integer.
  record Int32(int value) implements KernelArgument {}

  /// A 64-bit integer.
  record Int64(long value) implements KernelArgument {}

  /// A 32-bit float.
  record Float32(float value) implements KernelArgument {}

  /// A tensor map (`CUtensorMap`): describes a tensor in global memory to the tensor-copy
  /// instructions of sm_90, and the box they copy. The kernel takes it as a parameter `const
  /// __grid_constant__ CUtensorMap`, 128 bytes.
  ///
  /// Dimension 0 is contiguous. The rules are those of the driver's `cuTensorMapEncodeTiled` and
  /// `cuTensorMapEncodeIm2col` without interleaving.
  ///
  /// @param type of the elements
  /// @param extents elements along each of 1 to 5 dimensions
  /// @param strides bytes between neighbours along dimensions 1 and up
  /// @param box what one copy moves
  /// @param elementStrides step between the elements of a box along each dimension, 1 to 8; that of
  ///   dimension 0 has no effect
  /// @param swizzle how a box is stored in shared memory
  /// @param fill what elements outside the tensor are read as
  /// @param buffer holds the tensor
  /// @param offset of its first element in the buffer, in bytes
  record TensorMap(
      TensorElement type,
      List<Long> extents,
      List<Long> strides,
      Box box,
      List<Integer> elementStrides,
      Swizzle swizzle,
      Fill fill,
      DeviceBuffer buffer,
      long offset)
      implements KernelArgument {

    /// Size of the parameter.
    public static final int BYTES = 128;

    public TensorMap {
      extents = List.copyOf(extents);
      strides = List.copyOf(strides);
      elementStrides = List.copyOf(elementStrides);
      TensorMapRules.check(
          type, extents, strides, box, elementStrides, swizzle, fill, buffer, offset);
    }

    /// A dense tensor at the start of a buffer, read in boxes without steps, zeros outside.
    public static TensorMap dense(
        TensorElement type,
        List<Long> extents,
        List<Integer> box,
        Swizzle swizzle,
        DeviceBuffer buffer) {
      List<Long> strides = new ArrayList<>();
      long stride = type.bytes();
      for (int i = 0; i + 1 < extents.size(); i++) {
        stride *= extents.get(i);
        strides.add(stride);
      }
      return new TensorMap(
          type,
          extents,
          strides,
          new Tile(box),
          Collections.nCopies(extents.size(), 1),
          swizzle,
          Fill.ZERO,
          buffer,
          0);
    }

    /// Number of dimensions.
    public int rank() {
      return extents.size();
    }

    /// What one copy moves.
    public sealed interface Box {}

    /// A box of neighbouring elements.
    ///
    /// @param extents elements along each dimension, at most 256
    public record Tile(List<Integer> extents) implements Box {
      public Tile {
        extents = List.copyOf(extents);
      }
    }

    /// Pixels of an image for a convolution (`im2col` mode): a copy goes through the pixels of a
    /// bounding box row by row, image by image, and takes some channels of each. The dimensions are
    /// channels, then one to three of the image, then images.
    ///
    /// @param lower first corner of the bounding box along each dimension of the image, relative to
    ///   the image's first pixel
    /// @param upper last corner, relative to the image's last pixel
    /// @param channels elements of a pixel, at most 256
    /// @param pixels of one copy, at most 1024
    public record Pixels(List<Integer> lower, List<Integer> upper, int channels, int pixels)
        implements Box {
      public Pixels {
        lower = List.copyOf(lower);
        upper = List.copyOf(upper);
      }
    }

    /// How the 16-byte pieces of a box are permuted within 128-byte lines of shared memory.
    public enum Swizzle {
      NONE(0),
      BYTES_32(32),
      BYTES_64(64),
      BYTES_128(128);

      private final int bytes;

      Swizzle(int bytes) {
        this.bytes = bytes;
      }

      /// Width of the pattern, which the inner dimension of a box may not exceed; 0 for none.
      public int bytes() {
        return bytes;
      }
    }

    /// What elements outside the tensor are read as.
    public enum Fill {
      ZERO,
      /// Floating-point types only.
      NAN
    }
  }
}
