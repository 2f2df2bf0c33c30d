package dev.tuckerc.training.finetune;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/// Moves parameters along their gradients. Gradients whose norm, all of them together, is above a
/// limit are shortened to it before (Pascanu et al. 2013). Its state is part of a checkpoint, and a
/// frozen parameter does not move at all.
public abstract sealed class Optimizer implements AutoCloseable permits Sgd, Adam {
  private final Map<String, Tensor> parameters;
  private final Map<String, Tensor> state = new LinkedHashMap<>();
  private final double clip;

  /// @param clip the largest norm of the gradients; infinite for none
  Optimizer(Map<String, Tensor> parameters, double clip) {
    this.parameters = new LinkedHashMap<>(parameters);
    this.clip = clip;
  }

  /// The optimizer that settings ask for.
  static Optimizer of(Map<String, Tensor> parameters, Settings settings) {
    return switch (settings.algorithm()) {
      case SGD -> new Sgd(parameters, settings.momentum(), settings.weightDecay(), settings.clip());
      case ADAM ->
          new Adam(parameters, settings.momentum(), settings.weightDecay(), settings.clip());
    };
  }

  /// Moves one parameter.
  ///
  /// @param share what is left of the gradient, at most 1
  abstract void move(String name, Tensor weight, double share, double rate);

  /// Zeros that are kept from step to step, and freed with the optimizer.
  ///
  /// @param name in a checkpoint
  final Tensor kept(String name, Tensor like) {
    try (PointerScope _ = new PointerScope()) {
      Tensor zeros = like.detach().clone().zero_().retainReference();
      state.put(name, zeros);
      return zeros;
    }
  }

  /// The gradients that the last step made.
  final List<Tensor> gradients() {
    return parameters.values().stream().map(Tensor::grad).filter(Tensor::defined).toList();
  }

  /// Moves what is not frozen and has a gradient.
  public final void step(double rate, Predicate<String> frozen) {
    try (NoGradGuard _ = new NoGradGuard()) {
      Map<String, Tensor> moving = new LinkedHashMap<>();
      parameters.forEach((name, weight) -> {
        if (weight.grad().defined() && !frozen.test(name)) {
          moving.put(name, weight);
        }
      });
      double share = share(moving.values());
      moving.forEach((name, weight) -> move(name, weight, share, rate));
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
  final void clearGradients() {
    gradients().forEach(Tensor::zero_);
  }

  /// What it keeps from step to step, by name.
  public final Map<String, Tensor> state() {
    return state;
  }

  @Override
  public final void close() {
    state.values().forEach(Tensor::close);
  }
}
