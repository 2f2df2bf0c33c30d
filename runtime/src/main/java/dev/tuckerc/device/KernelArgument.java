package dev.tuckerc.device;

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
}
