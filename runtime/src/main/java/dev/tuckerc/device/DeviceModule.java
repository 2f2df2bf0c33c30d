package dev.tuckerc.device;

/// Loaded device code.
public interface DeviceModule extends AutoCloseable {

  /// The kernel with this entry-point name.
  ///
  /// @throws DeviceException when there is none; the message lists those there are
  DeviceKernel kernel(String name);

  @Override
  void close();
}
