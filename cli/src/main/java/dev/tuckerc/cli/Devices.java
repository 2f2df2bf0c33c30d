package dev.tuckerc.cli;

import java.util.List;

/// The devices of this machine.
final class Devices {
  private Devices() {}

  /// One way to run a model, for `doctor`.
  interface Probe {
    /// Name of the device.
    String name();

    /// Whether tuckerc is of little use without.
    boolean needed();

    /// What it can do; throws when it is not usable.
    String text();
  }

  static List<Probe> checks() {
    return List.of();
  }
}
