package dev.tuckerc.emulator.check;

/// Compares the values that the lanes of a store are about to write.
public interface StoredValues {
  /// Whether a lane's value is what its place already holds.
  boolean unchanged(int lane);

  /// Whether two lanes write the same value.
  boolean same(int lane, int other);
}
