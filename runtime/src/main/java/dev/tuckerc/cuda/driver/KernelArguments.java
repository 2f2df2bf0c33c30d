package dev.tuckerc.cuda.driver;

import dev.tuckerc.device.KernelArgument;
import dev.tuckerc.device.KernelLaunch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/// The values of a launch's arguments as the driver takes them.
final class KernelArguments {
  private KernelArguments() {}

  /// The bytes of each parameter. The driver copies them while it takes the launch.
  static List<byte[]> encode(KernelLaunch launch) {
    return launch.arguments().stream().map(KernelArguments::encode).toList();
  }

  private static byte[] encode(KernelArgument argument) {
    return switch (argument) {
      case KernelArgument.Pointer p -> bytes(8).putLong(p.buffer().address() + p.offset()).array();
      case KernelArgument.Int32(int value) -> bytes(4).putInt(value).array();
      case KernelArgument.Int64(long value) -> bytes(8).putLong(value).array();
      case KernelArgument.Float32(float value) -> bytes(4).putFloat(value).array();
      case KernelArgument.TensorMap map -> TensorMaps.encode(map);
    };
  }

  /// Size of a parameter in bytes.
  static int size(KernelArgument argument) {
    return switch (argument) {
      case KernelArgument.Pointer _, KernelArgument.Int64 _ -> 8;
      case KernelArgument.Int32 _, KernelArgument.Float32 _ -> 4;
      case KernelArgument.TensorMap _ -> KernelArgument.TensorMap.BYTES;
    };
  }

  private static ByteBuffer bytes(int count) {
    return ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
  }
}
