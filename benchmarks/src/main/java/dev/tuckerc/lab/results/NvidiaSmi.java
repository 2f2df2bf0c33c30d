package dev.tuckerc.lab.results;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Questions to `nvidia-smi`, where it is installed. It is only asked, never told to set anything.
public final class NvidiaSmi {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private NvidiaSmi() {}

  /// The driver's version, such as `570.86.15`.
  public static Optional<String> driverVersion() {
    return query("--query-gpu=driver_version", "--format=csv,noheader").stream().findFirst();
  }

  /// Clocks and performance states as they are.
  public static List<String> clocks() {
    return query("-q", "-d", "CLOCK,PERFORMANCE");
  }

  /// What it prints for these arguments, without blank lines at the ends; nothing where it is
  /// missing or fails.
  public static List<String> query(String... arguments) {
    return ChildProcess.find("nvidia-smi")
        .flatMap(program -> ChildProcess.capture(program, List.of(arguments), LIMIT))
        .filter(result -> result.exit() == 0)
        .map(result -> result.out().strip().lines().map(String::stripTrailing).toList())
        .orElse(List.of());
  }
}
