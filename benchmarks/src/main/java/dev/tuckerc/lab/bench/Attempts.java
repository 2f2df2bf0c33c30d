package dev.tuckerc.lab.bench;

import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.lab.Budget;
import dev.tuckerc.lab.run.ReopenableDevice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Runs measurements one after another, so that one that fails costs no other: the device is opened
/// again after a failure, and where that does not help nothing more is begun.
final class Attempts {
  private final ReopenableDevice device;
  private final List<Failure> failures = new ArrayList<>();
  private boolean usable = true;

  Attempts(ReopenableDevice device) {
    this.device = device;
  }

  /// A measurement that was not made.
  ///
  /// @param message why
  record Failure(String name, String message) {}

  /// Makes a measurement, if there is time and the device works.
  <T> Optional<T> run(String name, Budget budget, Function<Device, T> measure) {
    if (!usable) {
      failures.add(
          new Failure(
              name,
              "not begun: the device takes no more work from this process since "
                  + failures.getFirst().name()
                  + " failed on it"));
      return Optional.empty();
    }
    if (!budget.allows(name)) {
      return Optional.empty();
    }
    try {
      return Optional.of(measure.apply(device.get()));
    } catch (DeviceException e) {
      failures.add(new Failure(name, String.valueOf(e.getMessage())));
      usable = device.recover();
      return Optional.empty();
    }
  }

  List<Failure> failures() {
    return List.copyOf(failures);
  }
}
