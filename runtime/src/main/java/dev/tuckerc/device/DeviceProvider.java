package dev.tuckerc.device;

import java.util.List;

/// Finds and opens the devices of one kind. Implementations are registered in
/// `META-INF/services/dev.tuckerc.device.DeviceProvider`, so that whoever selects a device depends
/// on none of them.
public interface DeviceProvider {

  /// What `--device` calls the kind, such as `cuda` or `emulator`.
  String name();

  /// Providers with a higher number are tried first when the user leaves the choice open.
  int preference();

  /// What there is. Must not fail: a missing driver is an answer.
  Availability availability();

  /// Opens a device.
  ///
  /// @param ordinal index in [Availability#devices]
  /// @throws DeviceException when there is no such device; the message says why
  Device open(int ordinal);

  /// The devices that can be opened, or why there are none.
  ///
  /// @param devices in order of their ordinals
  /// @param reason one line that says why there are no devices; empty when there are
  record Availability(List<DeviceInfo> devices, String reason) {
    public Availability {
      devices = List.copyOf(devices);
    }

    /// Whether there is at least one.
    public boolean available() {
      return !devices.isEmpty();
    }
  }
}
