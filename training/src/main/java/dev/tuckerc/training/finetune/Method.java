package dev.tuckerc.training.finetune;

import dev.tuckerc.ir.Value;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/// What a method adds to plain training. All tensors that it hands out may live in the step's
/// scope, but for its own parameters, which it keeps.
public interface Method {
  /// A parameter of the method itself.
  ///
  /// @param name unique among the method's and the model's
  record OwnParameter(String name, Tensor tensor) {}

  /// Plain training.
  Method NONE = new Method() {};

  /// Parameters beside those of the model, with gradients.
  default List<OwnParameter> parameters() {
    return List.of();
  }

  /// Whether the optimizer leaves a parameter alone in this epoch: no gradient, no decay, no
  /// momentum.
  default boolean isFrozen(String parameter, int epoch) {
    return false;
  }

  /// Tensors that take the place of weights in this step.
  default Map<Value, Tensor> weights() {
    return Map.of();
  }

  /// What is added to the loss in this step.
  default Optional<Tensor> penalty() {
    return Optional.empty();
  }

  /// Called after each change of the parameters, without gradients.
  default void afterStep() {}

  /// Called after each epoch, without gradients.
  ///
  /// @param epoch from 0
  default void afterEpoch(int epoch) {}

  /// What the method wants shown for each epoch, by name.
  default Map<String, Double> figures() {
    return Map.of();
  }

  /// Tensors that it needs beside its parameters to go on after an epoch.
  default Map<String, Tensor> state() {
    return Map.of();
  }
}
