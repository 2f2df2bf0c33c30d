package dev.tuckerc.emulator.machine;

/// Which register file a register lives in.
public enum Home {
  /// 8, 16 and 32-bit integers, halves and packed halves: `int`.
  INT,
  /// 32-bit floats.
  FLOAT,
  /// 64-bit integers and addresses.
  LONG,
  /// 64-bit floats.
  DOUBLE,
  /// Predicates: one bit for each lane.
  PREDICATE
}
