package dev.tuckerc.cuda;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.KernelArgument.TensorMap;
import dev.tuckerc.device.KernelArgument.TensorMap.Fill;
import dev.tuckerc.device.KernelArgument.TensorMap.Pixels;
import dev.tuckerc.device.KernelArgument.TensorMap.Swizzle;
import dev.tuckerc.device.KernelArgument.TensorMap.Tile;
import dev.tuckerc.device.TensorElement;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.List;

/// Encodes tensor maps with the driver's `cuTensorMapEncodeTiled` and `cuTensorMapEncodeIm2col`,
/// which JCuda does not bind.
final class TensorMaps {
  static final int ALIGNMENT = 64;
  private static final int NO_INTERLEAVE = 0;
  private static final int NO_PROMOTION = 0;

  private TensorMaps() {}

  /// The 128 bytes that the kernel's parameter gets.
  ///
  /// @throws DeviceException when the driver is older than CUDA 12.0 or refuses the map
  static byte[] encode(TensorMap map) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment encoded = arena.allocate(TensorMap.BYTES, ALIGNMENT);
      int code =
          switch (map.box()) {
            case Tile tile -> tiled(arena, encoded, map, tile);
            case Pixels pixels -> im2col(arena, encoded, map, pixels);
          };
      CudaCalls.check(code, "encoding the tensor map of " + map.buffer().label());
      return encoded.toArray(JAVA_BYTE);
    }
  }

  private static int tiled(Arena arena, MemorySegment encoded, TensorMap map, Tile tile) {
    return (int)
        NativeFunctions.call(
            function(
                "cuTensorMapEncodeTiled",
                FunctionDescriptor.of(
                    JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS,
                    ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT)),
            encoded,
            code(map.type()),
            map.rank(),
            map.buffer().address() + map.offset(),
            longs(arena, map.extents()),
            longs(arena, map.strides()),
            ints(arena, tile.extents()),
            ints(arena, map.elementStrides()),
            NO_INTERLEAVE,
            code(map.swizzle()),
            NO_PROMOTION,
            code(map.fill()));
  }

  private static int im2col(Arena arena, MemorySegment encoded, TensorMap map, Pixels pixels) {
    return (int)
        NativeFunctions.call(
            function(
                "cuTensorMapEncodeIm2col",
                FunctionDescriptor.of(
                    JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS,
                    ADDRESS, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT)),
            encoded,
            code(map.type()),
            map.rank(),
            map.buffer().address() + map.offset(),
            longs(arena, map.extents()),
            longs(arena, map.strides()),
            ints(arena, pixels.lower()),
            ints(arena, pixels.upper()),
            pixels.channels(),
            pixels.pixels(),
            ints(arena, map.elementStrides()),
            NO_INTERLEAVE,
            code(map.swizzle()),
            NO_PROMOTION,
            code(map.fill()));
  }

  private static MethodHandle function(String name, FunctionDescriptor type) {
    return NativeFunctions.ofDriver()
        .require(name, type, "tensor maps need an NVIDIA driver of CUDA 12.0 or newer");
  }

  private static MemorySegment longs(Arena arena, List<Long> values) {
    // The driver wants a valid pointer even where there are no strides.
    MemorySegment array = arena.allocate(JAVA_LONG, Math.max(1, values.size()));
    for (int i = 0; i < values.size(); i++) {
      array.setAtIndex(JAVA_LONG, i, values.get(i));
    }
    return array;
  }

  private static MemorySegment ints(Arena arena, List<Integer> values) {
    return arena.allocateFrom(JAVA_INT, values.stream().mapToInt(Integer::intValue).toArray());
  }

  /// `CUtensorMapDataType`.
  private static int code(TensorElement type) {
    return switch (type) {
      case UINT8 -> 0;
      case UINT16 -> 1;
      case UINT32 -> 2;
      case INT32 -> 3;
      case UINT64 -> 4;
      case INT64 -> 5;
      case FLOAT16 -> 6;
      case FLOAT32 -> 7;
      case FLOAT64 -> 8;
      case BFLOAT16 -> 9;
    };
  }

  /// `CUtensorMapFloatOOBfill`.
  private static int code(Fill fill) {
    return switch (fill) {
      case ZERO -> 0;
      case NAN -> 1;
    };
  }

  /// `CUtensorMapSwizzle`.
  private static int code(Swizzle swizzle) {
    return switch (swizzle) {
      case NONE -> 0;
      case BYTES_32 -> 1;
      case BYTES_64 -> 2;
      case BYTES_128 -> 3;
    };
  }
}
