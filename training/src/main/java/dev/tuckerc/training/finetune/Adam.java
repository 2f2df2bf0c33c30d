package dev.tuckerc.training.finetune;

import dev.tuckerc.training.model.HostTensors;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/// Adam (Kingma and Ba 2015, algorithm 1) with decoupled weight decay (Loshchilov and Hutter 2019):
/// every weight moves by about the rate, whatever the scale of its gradient. That suits factors:
/// what one of them is scaled by, the gradient of its neighbour is, too.
public final class Adam extends Optimizer {
  private static final double SQUARE_DECAY = 0.999;
  private static final double SMALLEST = 1e-8;

  private final Map<String, Moments> moments = new HashMap<>();
  private final double momentum;
  private final double decay;

  /// Running means of a parameter's gradient and of its square.
  ///
  /// @param steps how many gradients they are of: one number, a tensor as the rest of the state
  private record Moments(Tensor mean, Tensor square, Tensor steps) {}

  /// @param momentum how much of the mean gradient stays in a step
  /// @param clip the largest norm of the gradients; infinite for none
  public Adam(Map<String, Tensor> parameters, double momentum, double decay, double clip) {
    super(parameters, clip);
    this.momentum = momentum;
    this.decay = decay;
    parameters.forEach((name, weight) -> {
      try (Tensor one = HostTensors.toTorch(List.of(1L), 0f)) {
        moments.put(
            name,
            new Moments(
                kept("mean/" + name, weight),
                kept("square/" + name, weight),
                kept("steps/" + name, one)));
      }
    });
  }

  @Override
  void move(String name, Tensor weight, double share, double rate) {
    Moments own = Objects.requireNonNull(moments.get(name));
    Tensor gradient = weight.grad().mul(new Scalar(share));
    own.mean().mul_(new Scalar(momentum)).add_(gradient, new Scalar(1 - momentum));
    own.square().mul_(new Scalar(SQUARE_DECAY));
    own.square().addcmul_(gradient, gradient, new Scalar(1 - SQUARE_DECAY));
    double steps = own.steps().add_(new Scalar(1)).item_float();
    // Both means start at zero.
    double meanShare = 1 - Math.pow(momentum, steps);
    double squareShare = 1 - Math.pow(SQUARE_DECAY, steps);
    Tensor deviation = own.square().div(new Scalar(squareShare)).sqrt_().add_(new Scalar(SMALLEST));
    weight.mul_(new Scalar(1 - rate * decay));
    weight.addcdiv_(own.mean(), deviation, new Scalar(-rate / meanShare));
  }
}
