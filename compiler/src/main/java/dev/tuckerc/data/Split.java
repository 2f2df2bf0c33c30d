package dev.tuckerc.data;

/// Which part of a data set that comes in two.
public enum Split {
  /// To fit to.
  TRAINING,
  /// To judge by.
  TEST
}
