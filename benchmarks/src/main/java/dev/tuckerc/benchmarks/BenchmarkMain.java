package dev.tuckerc.benchmarks;

import dev.tuckerc.cli.Main;
import dev.tuckerc.execute.DeviceSelector;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Runs the benchmarks with JMH's own options. Those that need a GPU are left out, with the reason,
/// where there is none.
public final class BenchmarkMain {
  private BenchmarkMain() {}

  /// @param args options of JMH, such as `-l` or a regular expression of benchmark names
  public static void main(String[] args) throws IOException {
    Main.configure(new String[0]);
    List<String> options = new ArrayList<>(Arrays.asList(args));
    boolean runs =
        options.stream().noneMatch(List.of("-l", "-lp", "-lrf", "-lprof", "-h")::contains);
    if (runs) {
      missingGpu()
          .ifPresent(reason -> {
            System.out.println(
                "Skipping "
                    + GpuBenchmark.class.getSimpleName()
                    + ": no GPU on this machine ("
                    + reason
                    + ")");
            options.addAll(List.of("-e", GpuBenchmark.class.getSimpleName()));
          });
    }
    org.openjdk.jmh.Main.main(options.toArray(String[]::new));
  }

  private static Optional<String> missingGpu() {
    return DeviceSelector.standard().kinds().stream()
        .filter(kind -> kind.name().equals("cuda") && kind.devices().isEmpty())
        .map(DeviceSelector.Kind::reason)
        .findFirst();
  }
}
