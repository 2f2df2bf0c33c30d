package dev.tuckerc.lab.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.codegen.Launch;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;

/// The time below which a program cannot run on a device, by cause, in microseconds.
///
/// @param memory every distinct byte once, at the bandwidth of where it lies
/// @param arithmetic the multiply-adds of the operations themselves at the device's peak
/// @param steps the edges between dependent kernels
public record Floor(double memory, double arithmetic, double steps) {

  /// The floor of a program.
  ///
  /// @param multiplyAdds of its operations, without any padding
  /// @param cold whether the data comes from device memory, not from the second-level cache
  public static Floor of(
      Program program, long multiplyAdds, boolean cold, DeviceDescription device) {
    double bytes = 0;
    double steps = 0;
    boolean tensor = false;
    for (Launch launch : program.launches()) {
      bytes += launch.kernel().work().distinct().total();
      steps += device.edge(launch.kernel().work().ordering().programmatic());
      tensor |= launch.kernel().work().usesTensorCores();
    }
    double bandwidth = cold ? device.dramBandwidth() : device.l2Bandwidth();
    double perClock = tensor ? device.tensorPerClock() : device.fmaPerClock();
    double rate = perClock * device.multiprocessors() * device.clockGigahertz() * 1e3;
    return new Floor(bytes / (bandwidth * 1e3), multiplyAdds / rate, steps);
  }

  /// The largest of the three: none of them can be hidden by more than the others.
  public double microseconds() {
    return Math.max(memory, Math.max(arithmetic, steps));
  }

  /// What it is the floor of: `memory`, `arithmetic` or `steps`.
  public String bound() {
    if (microseconds() == steps) {
      return "steps";
    }
    return microseconds() == memory ? "memory" : "arithmetic";
  }

  void addTo(ObjectNode node) {
    node.put("memory", memory);
    node.put("arithmetic", arithmetic);
    node.put("steps", steps);
    node.put("microseconds", microseconds());
    node.put("bound", bound());
  }
}
