package dev.tuckerc.cli.pipeline;

import dev.tuckerc.tensor.Tensor;
import java.util.Map;
import java.util.SequencedMap;

/// Runs one model on one device, as often as wanted.
public interface Executor extends AutoCloseable {
  /// The device in words.
  String description();

  /// Runs once.
  ///
  /// @param inputs by name
  /// @return outputs by name, in the model's order
  SequencedMap<String, Tensor> run(Map<String, Tensor> inputs);

  /// Device time of the last run in nanoseconds.
  long lastRunNanos();

  @Override
  void close();
}
