package dev.tuckerc.training.data;

import java.util.List;

/// Samples of one step.
///
/// @param shape `[count, sample...]`
/// @param values row-major
/// @param labels one for each sample; empty where the data has none
public record Batch(List<Long> shape, float[] values, long[] labels) {
  public Batch {
    shape = List.copyOf(shape);
  }

  /// How many samples.
  public int count() {
    return Math.toIntExact(shape.getFirst());
  }
}
