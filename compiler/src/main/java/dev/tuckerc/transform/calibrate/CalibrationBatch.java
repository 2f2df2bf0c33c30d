package dev.tuckerc.transform.calibrate;

import dev.tuckerc.tensor.Tensor;
import java.util.Map;

/// Some samples, as one set of a model's inputs.
///
/// @param inputs by name; the first axis counts samples
/// @param samples how many of the first are real: a last batch is filled up to its size
public record CalibrationBatch(Map<String, Tensor> inputs, int samples) {
  public CalibrationBatch {
    inputs = Map.copyOf(inputs);
  }
}
