package dev.tuckerc.lab.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.codegen.Launch;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.DeviceFile;
import dev.tuckerc.cost.Figure;
import java.util.List;
import java.util.Locale;

/// The time below which a program of these kernels cannot run on a device, by cause, in
/// microseconds.
///
/// @param memory every distinct byte once, at the bandwidth of where it lies
/// @param arithmetic the multiply-adds of the operations themselves at the device's peak
/// @param steps dependent kernels times what one costs in a graph with a load and a store
/// @param stepsFrom where the figures of `steps` come from: measured, published or estimated
public record Floor(double memory, double arithmetic, double steps, String stepsFrom) {
  private static final List<Figure> OF_STEPS =
      List.of(Figure.SERIAL_EDGE, Figure.FIRST_LOAD, Figure.STORE_LATENCY);

  /// The floor of a program.
  ///
  /// @param multiplyAdds of its operations, without any padding
  /// @param cold whether the data comes from device memory, not from the second-level cache
  /// @param file the device's figures with their sources
  public static Floor of(Program program, long multiplyAdds, boolean cold, DeviceFile file) {
    DeviceDescription device = DeviceDescription.of(file);
    double bytes = 0;
    double steps = 0;
    boolean tensor = false;
    for (Launch launch : program.launches()) {
      bytes += launch.kernel().work().distinct().total();
      steps +=
          device.edge(launch.kernel().work().ordering().programmatic())
              + device.firstLoad()
              + device.storeLatency();
      tensor |= launch.kernel().work().usesTensorCores();
    }
    double bandwidth = cold ? device.dramBandwidth() : device.l2Bandwidth();
    double perClock = tensor ? device.tensorPerClock() : device.fmaPerClock();
    double rate = perClock * device.multiprocessors() * device.clockGigahertz() * 1e3;
    DeviceFile.Origin origin = DeviceFile.Origin.MEASURED;
    for (Figure figure : OF_STEPS) {
      DeviceFile.Origin one = file.entry(figure).orElseThrow().origin();
      origin = one.compareTo(origin) > 0 ? one : origin;
    }
    return new Floor(
        bytes / (bandwidth * 1e3),
        multiplyAdds / rate,
        steps,
        origin.name().toLowerCase(Locale.ROOT));
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

  /// Writes the field `floorMicroseconds`.
  public void addTo(ObjectNode node) {
    ObjectNode floor = node.putObject("floorMicroseconds");
    floor.put("memory", memory);
    floor.put("arithmetic", arithmetic);
    floor.put("steps", steps);
    floor.put("stepsFrom", stepsFrom);
    floor.put("microseconds", microseconds());
    floor.put("bound", bound());
  }
}
