package dev.tuckerc.training.finetune;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/// Stochastic gradient descent with momentum and weight decay: `v = momentum * v + gradient + decay
/// * w`, `w -= rate * v` (Sutskever et al. 2013, as libtorch computes it). Its state is part of a
///   checkpoint, and a frozen parameter does not move at all.
final class Sgd implements AutoCloseable {
  private final Map<String, Tensor> parameters;
  private final Map<String, Tensor> velocities = new LinkedHashMap<>();
  private final double momentum;
  private final double decay;

  Sgd(Map<String, Tensor> parameters, double momentum, double decay) {
    this.parameters = new LinkedHashMap<>(parameters);
    this.momentum = momentum;
    this.decay = decay;
    try (PointerScope _ = new PointerScope()) {
      parameters.forEach((name, tensor) ->
          velocities.put(name, tensor.detach().clone().zero_().retainReference()));
    }
  }

  /// The gradients that the last step made.
  List<Tensor> gradients() {
    return parameters.values().stream().map(Tensor::grad).filter(Tensor::defined).toList();
  }

  /// Moves what is not frozen and has a gradient.
  void step(double rate, Predicate<String> frozen) {
    try (NoGradGuard _ = new NoGradGuard()) {
      parameters.forEach((name, weight) -> {
        Tensor gradient = weight.grad();
        if (gradient.defined() && !frozen.test(name)) {
          Tensor velocity = Objects.requireNonNull(velocities.get(name));
          velocity.mul_(new Scalar(momentum)).add_(gradient);
          velocity.add_(weight, new Scalar(decay));
          weight.add_(velocity, new Scalar(-rate));
        }
      });
    }
  }

  /// Sets the gradients to zero.
  void clearGradients() {
    gradients().forEach(Tensor::zero_);
  }

  /// Its tensors, by parameter.
  Map<String, Tensor> velocities() {
    return velocities;
  }

  @Override
  public void close() {
    velocities.values().forEach(Tensor::close);
  }
}
