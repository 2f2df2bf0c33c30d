package dev.tuckerc.lab.run;

import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.DeviceException;
import java.lang.foreign.MemorySegment;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A device that can be opened afresh: after a fault a GPU's context refuses all further work.
public final class ReopenableDevice implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ReopenableDevice.class);

  private final Supplier<Device> opener;
  private Device device;

  /// @param device open
  /// @param opener opens it once more
  public ReopenableDevice(Device device, Supplier<Device> opener) {
    this.device = device;
    this.opener = opener;
  }

  /// The open device.
  public Device get() {
    return device;
  }

  /// Closes the device and opens it again, after a failure; everything it gave out is gone.
  ///
  /// @return whether it takes work again: after some faults a GPU does not, until the process ends
  public boolean recover() {
    try {
      device.close();
      device = opener.get();
      try (DeviceBuffer probe = device.allocate(Integer.BYTES, "probe")) {
        device.upload(probe, 0, MemorySegment.ofArray(new int[1]));
        device.synchronize();
      }
      return true;
    } catch (DeviceException e) {
      LOG.debug("the device takes no more work: {}", e.getMessage());
      return false;
    }
  }

  @Override
  public void close() {
    device.close();
  }
}
