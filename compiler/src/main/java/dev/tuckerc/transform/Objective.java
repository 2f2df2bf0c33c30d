package dev.tuckerc.transform;

import java.util.Locale;

/// What a compilation is to make small.
public enum Objective {
  /// Predicted time.
  TIME,
  /// The most memory that activations take at a time; predicted time among what takes as much.
  MEMORY;

  /// Name on the command line.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
