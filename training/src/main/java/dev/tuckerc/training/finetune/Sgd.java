package dev.tuckerc.training.finetune;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// Stochastic gradient descent with momentum and weight decay: `v = momentum * v + gradient + decay
/// * w`, `w -= rate * v` (Sutskever et al. 2013, as libtorch computes it). Gradients whose norm,
///   all of them together, is above a limit are shortened to it before. Its state is part of a
///   checkpoint, and a frozen parameter does not move at all.
final class Sgd implements AutoCloseable {
  private final Map<String, Tensor> parameters;
  private final Map<String, Tensor> velocities = new LinkedHashMap<>();
  private final double momentum;
  private final double decay;
  private final double clip;

  /// @param clip the largest norm of the gradients; infinite for none
  Sgd(Map<String, Tensor> parameters, double momentum, double decay, double clip) {
    this.parameters = new LinkedHashMap<>(parameters);
    this.momentum = momentum;
    this.decay = decay;
    this.clip = clip;
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
      Map<String, Tensor> moving = new LinkedHashMap<>();
      parameters.forEach((name, weight) -> {
        if (weight.grad().defined() && !frozen.test(name)) {
          moving.put(name, weight);
        }
      });
      Scalar share = new Scalar(share(moving.values()));
      moving.forEach((name, weight) -> {
        Tensor velocity = Objects.requireNonNull(velocities.get(name));
        velocity.mul_(new Scalar(momentum)).add_(weight.grad(), share);
        velocity.add_(weight, new Scalar(decay));
        weight.add_(velocity, new Scalar(-rate));
      });
    }
  }

  /// What of the gradients is within the limit, at most 1.
  private double share(Collection<Tensor> moving) {
    if (Double.isInfinite(clip) || moving.isEmpty()) {
      return 1;
    }
    TensorVector squares = new TensorVector();
    moving.forEach(weight -> squares.push_back(weight.grad().square().sum()));
    double norm = Math.sqrt(torch.stack(squares).sum().item_float());
    return norm > clip ? clip / norm : 1;
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
