package dev.tuckerc.lab.verify;

import dev.tuckerc.cli.tensors.Comparison;
import dev.tuckerc.tensor.Tensor;
import java.util.Map;

/// What one device did, judged against the reference.
public sealed interface Side {

  /// It gave outputs.
  ///
  /// @param seconds of host time, copies included
  record Compared(Deviation deviation, double seconds) implements Side {}

  /// It gave none.
  record Failed(String message) implements Side {}

  /// It was not asked.
  record NotRun(String reason) implements Side {}

  /// Judges an outcome.
  static Side of(Outcome outcome, Map<String, Tensor> expected, Comparison.Tolerance tolerance) {
    return switch (outcome) {
      case Outcome.Ran(var outputs, double seconds) ->
          new Compared(Deviation.of(outputs, expected, tolerance), seconds);
      case Outcome.Failed(String message) -> new Failed(message);
      case Outcome.NotRun(String reason) -> new NotRun(reason);
    };
  }

  /// Whether it was asked.
  default boolean ran() {
    return switch (this) {
      case Compared _, Failed _ -> true;
      case NotRun _ -> false;
    };
  }

  /// Whether it was asked and gave something other than the reference, or nothing.
  default boolean wrong() {
    return switch (this) {
      case Compared(Deviation deviation, _) -> !deviation.agrees();
      case Failed _ -> true;
      case NotRun _ -> false;
    };
  }

  /// In one line.
  default String text() {
    return switch (this) {
      case Compared(Deviation d, _) ->
          "%.2g of range%s"
              .formatted(d.ofRange(), d.agrees() ? "" : ", " + d.output() + ": " + d.worst());
      case Failed(String message) -> "failed: " + message.lines().findFirst().orElse("");
      case NotRun(String reason) -> "not run: " + reason;
    };
  }
}
