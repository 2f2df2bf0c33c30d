package dev.tuckerc.lab.calibrate;

import dev.tuckerc.cost.Figure;
import dev.tuckerc.lab.calibrate.fit.Samples;
import dev.tuckerc.lab.calibrate.fit.Slopes;
import dev.tuckerc.lab.calibrate.micro.Reading;
import java.util.List;
import java.util.Map;

/// What became of one microbenchmark.
///
/// @param name of the microbenchmark
/// @param method how its times are taken
/// @param status how far it came
/// @param reason why it came no further; empty where it did all
/// @param figures what was measured, or would be on a GPU
/// @param readings quantities found
/// @param series raw times over lengths, by label
/// @param raw raw single values, by label
/// @param failures measurements that gave no figure, and why
/// @param seconds it took, compiling not counted
public record Outcome(
    String name,
    String method,
    Status status,
    String reason,
    List<Figure> figures,
    List<Reading> readings,
    Map<String, Slopes> series,
    Map<String, Samples> raw,
    List<String> failures,
    double seconds) {

  /// How far a microbenchmark came.
  public enum Status {
    /// Its kernels computed the right thing and it was timed.
    MEASURED,
    /// Its kernels computed the right thing and its measurements ran; the device is emulated, so
    /// there are no times.
    CHECKED,
    /// Its kernels computed something wrong.
    WRONG,
    /// The device or the compiler failed.
    FAILED,
    /// This device cannot run it.
    UNSUPPORTED,
    /// There was no time left.
    LEFT_OUT;

    /// The word in results.
    public String word() {
      return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }
  }

  static Outcome without(String name, String method, Status status, String reason, double seconds) {
    return new Outcome(
        name, method, status, reason, List.of(), List.of(), Map.of(), Map.of(), List.of(), seconds);
  }
}
