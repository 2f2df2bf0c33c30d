package dev.tuckerc.cli.train;

import java.util.Locale;
import java.util.OptionalDouble;

/// Accuracies as they are shown.
final class Percent {
  private Percent() {}

  /// @param accuracy 0 to 1; empty where there were no samples to judge by
  static String of(OptionalDouble accuracy) {
    return accuracy.isPresent()
        ? String.format(Locale.ROOT, "test %.2f %%", 100 * accuracy.getAsDouble())
        : "no test samples";
  }
}
