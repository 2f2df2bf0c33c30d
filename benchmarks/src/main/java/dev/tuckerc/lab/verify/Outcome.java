package dev.tuckerc.lab.verify;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.tensor.Tensor;
import java.util.Map;
import java.util.function.Supplier;

/// What became of a run on one device.
public sealed interface Outcome {

  /// It ran to its end.
  ///
  /// @param outputs by name
  /// @param seconds of host time, copies included
  record Ran(Map<String, Tensor> outputs, double seconds) implements Outcome {}

  /// The device reported a failure.
  record Failed(String message) implements Outcome {}

  /// It was not started.
  record NotRun(String reason) implements Outcome {}

  /// Runs and times; a failure of the device is an outcome.
  static Outcome of(Supplier<? extends Map<String, Tensor>> run) {
    long start = System.nanoTime();
    try {
      Map<String, Tensor> outputs = run.get();
      return new Ran(outputs, (System.nanoTime() - start) / 1e9);
    } catch (DeviceException e) {
      return new Failed(String.valueOf(e.getMessage()));
    }
  }
}
