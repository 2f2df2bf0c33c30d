package dev.tuckerc.emulator;

import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.emulator.machine.GlobalMemory;
import dev.tuckerc.emulator.machine.Region;

/// Device memory of the emulator.
final class EmulatedBuffer implements DeviceBuffer {
  private final GlobalMemory memory;
  private final Region region;
  private final Runnable launches;

  /// @param launches completes the launches that may still use the buffer
  EmulatedBuffer(GlobalMemory memory, Region region, Runnable launches) {
    this.memory = memory;
    this.region = region;
    this.launches = launches;
  }

  Region region() {
    if (!region.live()) {
      throw new DeviceException("buffer " + region.name + " is used after it was freed");
    }
    return region;
  }

  @Override
  public long address() {
    return region.base;
  }

  @Override
  public long bytes() {
    return region.size;
  }

  @Override
  public String label() {
    return region.name;
  }

  @Override
  public void close() {
    try {
      launches.run();
    } finally {
      memory.free(region);
    }
  }
}
