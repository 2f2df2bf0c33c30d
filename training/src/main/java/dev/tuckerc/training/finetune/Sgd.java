package dev.tuckerc.training.finetune;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/// Stochastic gradient descent with momentum and weight decay: `v = momentum * v + gradient + decay
/// * w`, `w -= rate * v` (Sutskever et al. 2013, as libtorch computes it).
final class Sgd extends Optimizer {
  private final Map<String, Tensor> velocities = new HashMap<>();
  private final double momentum;
  private final double decay;

  /// @param clip the largest norm of the gradients; infinite for none
  Sgd(Map<String, Tensor> parameters, double momentum, double decay, double clip) {
    super(parameters, clip);
    this.momentum = momentum;
    this.decay = decay;
    parameters.forEach((name, weight) -> velocities.put(name, kept("velocity/" + name, weight)));
  }

  @Override
  void move(String name, Tensor weight, double share, double rate) {
    Tensor velocity = Objects.requireNonNull(velocities.get(name));
    velocity.mul_(new Scalar(momentum)).add_(weight.grad(), new Scalar(share));
    velocity.add_(weight, new Scalar(decay));
    weight.add_(velocity, new Scalar(-rate));
  }
}
