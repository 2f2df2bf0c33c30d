package dev.tuckerc.transform.calibrate;

import dev.tuckerc.tensor.Tensor;
import java.util.Map;

/// Some samples, as one set of a model's inputs.
///
/// @param inputs by name; the first axis counts samples
/// @param samples how many of the first are real, at least one: a last batch is filled up to its
///   size by the last of them again
public record CalibrationBatch(Map<String, Tensor> inputs, int samples) {
  public CalibrationBatch {
    inputs = Map.copyOf(inputs);
    if (samples < 1) {
      throw new IllegalArgumentException(samples + " samples");
    }
  }

  /// How many of a value's first images hold real samples. A network may cut a sample into several
  /// images, or take several samples together as one.
  ///
  /// @param images of the whole batch
  /// @return at least one
  int realImages(int images) {
    int size = inputs.values().iterator().next().dimension(0);
    return Math.toIntExact(Math.ceilDiv((long) images * samples, (long) Math.max(1, size)));
  }
}
