package dev.tuckerc.transform.report;

import java.util.OptionalDouble;

/// What a layer costs.
///
/// @param parameters elements of weights and biases; those that an earlier layer shares count there
/// @param multiplyAccumulates products summed for one inference
/// @param bytes what its kernels read and write when each runs by itself: inputs, weights, results
/// @param microseconds predicted time of its kernels; empty without a cost model
public record LayerFigures(
    long parameters, long multiplyAccumulates, long bytes, OptionalDouble microseconds) {
  /// Nothing.
  public static final LayerFigures NONE = new LayerFigures(0, 0, 0, OptionalDouble.of(0));

  /// The sum; without a time when either lacks it.
  public LayerFigures plus(LayerFigures other) {
    return new LayerFigures(
        parameters + other.parameters,
        multiplyAccumulates + other.multiplyAccumulates,
        bytes + other.bytes,
        microseconds.isPresent() && other.microseconds.isPresent()
            ? OptionalDouble.of(microseconds.getAsDouble() + other.microseconds.getAsDouble())
            : OptionalDouble.empty());
  }

  /// The same for a layer whose weights an earlier one counts.
  public LayerFigures withParameters(long others) {
    return new LayerFigures(others, multiplyAccumulates, bytes, microseconds);
  }
}
