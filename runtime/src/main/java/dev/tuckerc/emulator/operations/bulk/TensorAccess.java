package dev.tuckerc.emulator.operations.bulk;

import dev.tuckerc.device.KernelArgument.TensorMap;
import dev.tuckerc.device.KernelArgument.TensorMap.Swizzle;
import dev.tuckerc.emulator.machine.Fault;
import dev.tuckerc.emulator.machine.Warp;
import dev.tuckerc.emulator.operations.Value;
import dev.tuckerc.emulator.operations.memory.Addressing;

/// The `[tensorMap, {coordinates}]` operand of a tensor copy.
///
/// @param map address of the 128 bytes
/// @param coordinates of the box's first element, innermost first
/// @param pixels whether the map must be one of pixels (`im2col`), or of tiles
/// @param offsets added to every pixel's place in the image, or none
public record TensorAccess(Addressing map, Value[] coordinates, boolean pixels, Value[] offsets) {

  /// Most shared memory of a block, so the largest copy that can make sense.
  static final int MOST_BYTES = 227 * 1024;

  /// The box that a thread names; `warp.mask` is that thread.
  TensorBox box(Warp warp, int lane, String what) {
    byte[] memory = map.resolve(warp, "tensor map");
    int at = map.uniform() ? 0 : lane;
    EncodedTensorMap encoded =
        EncodedTensorMap.read(memory == null ? warp.laneBytes[at] : memory, warp.offsets[at]);
    if (encoded == null) {
      throw new Fault(
          lane,
          what
              + ": there is no tensor map at this address; pass one as a kernel argument (const"
              + " __grid_constant__, "
              + TensorMap.BYTES
              + " bytes)");
    }
    if (encoded.rank() != coordinates.length) {
      throw new Fault(
          lane,
          what
              + " of "
              + coordinates.length
              + " dimensions with a tensor map of "
              + encoded.rank());
    }
    if (encoded.pixels() > 0 != pixels) {
      throw new Fault(
          lane,
          what
              + (pixels
                  ? " in im2col mode with a tensor map of tiles"
                  : " in tile mode with a tensor map of pixels"));
    }
    if (encoded.swizzle() != Swizzle.NONE && encoded.rowBytes() != encoded.swizzle().bytes()) {
      // The manual does not say where the rows lie then.
      throw new Fault(
          lane,
          what
              + ": the emulator swizzles only boxes whose inner dimension is as wide as the swizzle"
              + " ("
              + encoded.swizzle().bytes()
              + " bytes); this one has "
              + encoded.rowBytes());
    }
    if (encoded.boxBytes() > MOST_BYTES) {
      throw new Fault(
          lane,
          what + " of a box of " + encoded.boxBytes() + " bytes, more than shared memory holds");
    }
    int[] first = new int[coordinates.length];
    for (int i = 0; i < first.length; i++) {
      first[i] = warp.i[coordinates[i].slot()][lane];
    }
    int[] shift = new int[coordinates.length];
    for (int i = 0; i < offsets.length; i++) {
      shift[i + 1] = warp.i[offsets[i].slot()][lane] & 0xffff;
    }
    return new TensorBox(encoded, first, shift, lane, what);
  }
}
