package dev.tuckerc.lab.verify;

/// When the emulator runs what a GPU runs: it costs seconds where a GPU costs microseconds.
public enum EmulatorUse {
  /// Cheap cases, and those where the GPU differs from the reference.
  AUTO,
  ALWAYS,
  /// The comparison is between GPU and reference alone.
  NEVER;

  /// Multiply-adds (or elements) up to which a case is cheap.
  public static final long CHEAP = 30_000_000;

  /// Why the emulator is not asked; empty where it is.
  ///
  /// @param work of the case
  /// @param suspicious whether the GPU's result is off
  String refusal(long work, boolean suspicious) {
    return switch (this) {
      case ALWAYS -> "";
      case NEVER -> "--emulate never";
      case AUTO ->
          suspicious || work <= CHEAP
              ? ""
              : "more than " + CHEAP / 1_000_000 + " M multiply-adds; --emulate always asks it";
    };
  }
}
