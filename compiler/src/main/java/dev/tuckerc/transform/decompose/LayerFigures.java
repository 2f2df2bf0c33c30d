package dev.tuckerc.transform.decompose;

import java.util.OptionalDouble;

/// What a layer costs.
///
/// @param parameters elements of weights and biases
/// @param multiplyAccumulates products summed for one inference
/// @param microseconds predicted time of its kernels; empty without a cost model
public record LayerFigures(long parameters, long multiplyAccumulates, OptionalDouble microseconds) {
  /// Nothing.
  static final LayerFigures NONE = new LayerFigures(0, 0, OptionalDouble.of(0));

  /// The sum; without a time when either lacks it.
  LayerFigures plus(LayerFigures other) {
    return new LayerFigures(
        parameters + other.parameters,
        multiplyAccumulates + other.multiplyAccumulates,
        microseconds.isPresent() && other.microseconds.isPresent()
            ? OptionalDouble.of(microseconds.getAsDouble() + other.microseconds.getAsDouble())
            : OptionalDouble.empty());
  }
}
