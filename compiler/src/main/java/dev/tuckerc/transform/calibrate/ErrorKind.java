package dev.tuckerc.transform.calibrate;

/// What tells a search for ranks how much a layer loses.
public enum ErrorKind {
  /// The weight.
  WEIGHTS,
  /// The layer's output on data.
  OUTPUTS,
  /// The layer's output on data, and what the network makes of its errors.
  TASK
}
