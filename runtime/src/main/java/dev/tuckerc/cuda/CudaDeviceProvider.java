package dev.tuckerc.cuda;

import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceProvider;

/// NVIDIA GPUs.
public final class CudaDeviceProvider implements DeviceProvider {

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public int preference() {
    return 100;
  }

  @Override
  public Availability availability() {
    return CudaDevice.availability();
  }

  @Override
  public Device open(int ordinal) {
    return CudaDevice.open(ordinal);
  }
}
