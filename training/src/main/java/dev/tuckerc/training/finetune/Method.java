package dev.tuckerc.training.finetune;

import dev.tuckerc.ir.Value;
import dev.tuckerc.training.model.TrainableModel.Mode;
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
  Method NONE =
      new Method() {
        @Override
        public boolean isPlain() {
          return true;
        }
      };

  /// Whether the weights are those of the model as it will be used, and stay so, so that their mean
  /// over the steps is a model as well.
  default boolean isPlain() {
    return false;
  }

  /// Parameters beside those of the model, with gradients.
  default List<OwnParameter> parameters() {
    return List.of();
  }

  /// Whether the optimizer leaves a parameter alone in this epoch: no gradient, no decay, no
  /// momentum.
  default boolean isFrozen(String parameter, int epoch) {
    return false;
  }

  /// Tensors that take the place of weights.
  ///
  /// @param mode of the evaluation: a step, or a judgement of the model as it would be used
  default Map<Value, Tensor> weights(Mode mode) {
    return Map.of();
  }

  /// Values of the model that [#loss] looks at.
  default List<Value> watched() {
    return List.of();
  }

  /// What is added to the loss in this step.
  default Optional<Tensor> penalty() {
    return Optional.empty();
  }

  /// What a step has computed.
  ///
  /// @param input of the model
  /// @param watched the tensors of [#watched], in its order
  record Step(Tensor input, List<Tensor> watched) {}

  /// The loss of this step.
  ///
  /// @param fit how well the model fits the samples
  default Tensor loss(Tensor fit, Step step) {
    return penalty().map(fit::add).orElse(fit);
  }

  /// Called after each change of the parameters; their gradients are still there.
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
