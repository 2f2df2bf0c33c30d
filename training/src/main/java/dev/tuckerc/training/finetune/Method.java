package dev.tuckerc.training.finetune;

import dev.tuckerc.ir.Value;
import java.util.List;
import java.util.Map;
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

  /// Values of the model's graph that the method wants to see in each step.
  default List<Value> observed() {
    return List.of();
  }

  /// The loss of this step.
  ///
  /// @param fit what plain training would minimise
  /// @param samples the batch as the model gets it
  /// @param observed what [#observed] asks for
  default Tensor loss(Tensor fit, Tensor samples, List<Tensor> observed) {
    return fit;
  }

  /// Called in each step when the gradients are there, averaged over the workers, before the
  /// optimizer uses and clears them; no gradients are taken meanwhile.
  default void afterGradients() {}

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
