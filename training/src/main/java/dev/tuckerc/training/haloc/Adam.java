package dev.tuckerc.training.haloc;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/// Adam with decoupled weight decay for one tensor (Loshchilov and Hutter 2019), which logits need:
/// their gradients differ by orders of magnitude from layer to layer.
final class Adam implements AutoCloseable {
  private static final double FIRST = 0.9;
  private static final double SECOND = 0.999;
  private static final double EPSILON = 1e-8;

  private final Tensor parameter;
  private final double rate;
  private final double decay;
  private final Tensor mean;
  private final Tensor square;

  Adam(Tensor parameter, double rate, double decay) {
    this.parameter = parameter;
    this.rate = rate;
    this.decay = decay;
    try (PointerScope _ = new PointerScope()) {
      mean = parameter.detach().clone().zero_().retainReference();
      square = parameter.detach().clone().zero_().retainReference();
    }
  }

  /// Moves the parameter by its gradient; gradients are off.
  ///
  /// @param count this step's number, from 1
  void step(long count) {
    Tensor gradient = parameter.grad();
    parameter.mul_(new Scalar(1 - rate * decay));
    mean.mul_(new Scalar(FIRST)).add_(gradient, new Scalar(1 - FIRST));
    square.mul_(new Scalar(SECOND)).addcmul_(gradient, gradient, new Scalar(1 - SECOND));
    Tensor root =
        square
            .div(new Scalar(1 - Math.pow(SECOND, count)))
            .sqrt()
            .add(new Scalar(EPSILON), new Scalar(1));
    parameter.add_(
        mean.div(new Scalar(1 - Math.pow(FIRST, count))).div(root), new Scalar(-rate));
  }

  Map<String, Tensor> state(String name) {
    Map<String, Tensor> state = new LinkedHashMap<>();
    state.put(name + " mean", mean);
    state.put(name + " square", square);
    return state;
  }

  @Override
  public void close() {
    mean.close();
    square.close();
  }
}
