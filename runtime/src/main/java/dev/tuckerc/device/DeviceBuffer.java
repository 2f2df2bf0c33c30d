package dev.tuckerc.device;

/// A piece of device memory.
public interface DeviceBuffer extends AutoCloseable {

  /// Device address of the first byte.
  long address();

  /// Size in bytes.
  long bytes();

  /// What it holds, for messages.
  String label();

  /// Frees the memory; further use is an error.
  @Override
  void close();
}
