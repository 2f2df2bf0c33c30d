package dev.tuckerc.transform.calibrate;

/// What factors are fitted to.
public enum FitMode {
  /// The weight alone; data is only used to state the error of the outputs.
  WEIGHTS,
  /// The weight, then each output channel to the mean and deviation that it had.
  MOMENTS,
  /// The layer's outputs: asymmetric, with residual and activation-aware targets.
  OUTPUTS
}
