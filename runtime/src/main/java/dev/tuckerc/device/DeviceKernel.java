package dev.tuckerc.device;

/// One entry point of a loaded module.
public interface DeviceKernel {

  /// Entry-point name.
  String name();
}
