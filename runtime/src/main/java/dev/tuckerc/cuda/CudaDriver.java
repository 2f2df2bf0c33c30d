package dev.tuckerc.cuda;

import java.util.Optional;

/// Facts about this machine's NVIDIA driver, for reports.
public final class CudaDriver {
  private CudaDriver() {}

  /// The newest CUDA version the driver supports, such as `12.9`; empty where there is no usable
  /// driver.
  public static Optional<String> cudaVersion() {
    CudaProbe probe = CudaProbe.run();
    return probe.usable() ? Optional.of(probe.driver()) : Optional.empty();
  }
}
