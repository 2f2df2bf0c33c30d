package dev.tuckerc.lab.sanitize;

import java.util.Locale;

/// The tools of compute-sanitizer, the most telling first.
enum SanitizerTool {
  /// Accesses out of bounds or misaligned.
  MEMCHECK,
  /// Threads that use the same shared memory between two barriers.
  RACECHECK,
  /// Barriers that not all threads reach, and wrong uses of them.
  SYNCCHECK,
  /// Global memory read before it was written.
  INITCHECK;

  /// What `--tool` calls it.
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
