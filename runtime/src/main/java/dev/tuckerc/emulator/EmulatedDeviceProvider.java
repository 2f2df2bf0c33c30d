package dev.tuckerc.emulator;

import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.device.DeviceProvider;
import java.util.List;

/// The emulated device: there is always exactly one, with the default options.
public final class EmulatedDeviceProvider implements DeviceProvider {

  @Override
  public String name() {
    return "emulator";
  }

  @Override
  public int preference() {
    return 0;
  }

  @Override
  public Availability availability() {
    try (EmulatedDevice device = new EmulatedDevice()) {
      DeviceInfo info = device.info();
      return new Availability(List.of(info), "");
    }
  }

  @Override
  public Device open(int ordinal) {
    if (ordinal != 0) {
      throw new DeviceException("there is no emulator:" + ordinal + "; there is one emulator");
    }
    return new EmulatedDevice();
  }
}
