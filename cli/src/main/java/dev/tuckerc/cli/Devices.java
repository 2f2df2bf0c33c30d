package dev.tuckerc.cli;

import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.execute.DeviceSelector;
import java.util.List;
import java.util.stream.Collectors;

/// The devices of this machine, for `doctor`.
final class Devices {
  private Devices() {}

  /// Devices of one kind.
  ///
  /// @param needed whether tuckerc is of little use without
  /// @param good whether there is one
  /// @param text what there is, or why there is none
  record Kind(String name, boolean needed, boolean good, String text) {}

  static List<Kind> all() {
    return DeviceSelector.standard().kinds().stream().map(Devices::describe).toList();
  }

  private static Kind describe(DeviceSelector.Kind kind) {
    String text =
        kind.devices().isEmpty()
            ? "none: " + kind.reason()
            : kind.devices().stream().map(Devices::describe).collect(Collectors.joining("; "));
    return new Kind(kind.name(), kind.name().equals("emulator"), !kind.devices().isEmpty(), text);
  }

  private static String describe(DeviceInfo device) {
    return "%s, sm_%d, %d multiprocessors, %s"
        .formatted(
            device.name(),
            device.computeCapability(),
            device.multiprocessors(),
            CacheCommand.bytes(device.memoryBytes()));
  }
}
