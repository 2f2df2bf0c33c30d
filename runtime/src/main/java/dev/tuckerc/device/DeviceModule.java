package dev.tuckerc.device;

/// Loaded device code.
public interface DeviceModule extends AutoCloseable {

  /// The kernel with this entry-point name.
  ///
  /// @throws DeviceException when there is none; the message lists those there are
  DeviceKernel kernel(String name);

  /// The form in which the device took the code.
  default KernelCode.Form form() {
    return KernelCode.Form.PTX;
  }

  @Override
  void close();
}
