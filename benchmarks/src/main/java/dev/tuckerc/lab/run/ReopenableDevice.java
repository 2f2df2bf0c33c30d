package dev.tuckerc.lab.run;

import dev.tuckerc.device.Device;
import java.util.function.Supplier;

/// A device that can be opened afresh: after a fault a GPU's context refuses all further work.
public final class ReopenableDevice implements AutoCloseable {
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

  /// Closes the device and opens it again; everything it gave out is gone.
  public void reopen() {
    device.close();
    device = opener.get();
  }

  @Override
  public void close() {
    device.close();
  }
}
