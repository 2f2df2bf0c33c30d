package dev.tuckerc.training.finetune;

import dev.tuckerc.training.model.Parameter;
import dev.tuckerc.training.model.TrainableModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/// Running means of a model's weights and statistics over the steps (Polyak and Juditsky 1992; with
/// weights that fall exponentially, as Tarvainen and Valpola 2017). Steps wander about a minimum;
/// their mean lies nearer to it, and does better on samples that were not learned from (Izmailov et
/// al. 2018).
final class WeightAverage implements AutoCloseable {
  private final double decay;
  private final List<Pair> pairs = new ArrayList<>();

  private record Pair(Parameter parameter, Tensor mean) {}

  /// @param decay what of the mean stays in a step, 0 to below 1: the mean reaches back over about
  ///   `1 / (1 - decay)` steps
  WeightAverage(TrainableModel model, double decay) {
    this.decay = decay;
    try (PointerScope _ = new PointerScope()) {
      for (Parameter parameter : model.parameters()) {
        pairs.add(new Pair(parameter, parameter.tensor().detach().clone().retainReference()));
      }
    }
  }

  /// Takes in the weights as they are.
  ///
  /// @param steps done so far. In the first ones the mean reaches back less far, so that the
  ///   weights of the start are soon forgotten
  void update(long steps) {
    double kept = Math.min(decay, (1.0 + steps) / (10.0 + steps));
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      for (Pair pair : pairs) {
        pair.mean().lerp_(pair.parameter().tensor().detach(), new Scalar(1 - kept));
      }
    }
  }

  /// Exchanges the weights and their means: the model computes with the means, until the next call.
  void exchange() {
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      for (Pair pair : pairs) {
        Tensor weight = pair.parameter().tensor().detach();
        Tensor held = weight.clone();
        weight.copy_(pair.mean());
        pair.mean().copy_(held);
      }
    }
  }

  /// The means of what follows the data rather than the gradients.
  List<Tensor> statistics() {
    return pairs.stream().filter(pair -> !pair.parameter().isTrained()).map(Pair::mean).toList();
  }

  /// The means, by the name that a checkpoint gives them.
  Map<String, Tensor> state() {
    Map<String, Tensor> state = new LinkedHashMap<>();
    pairs.forEach(pair -> state.put("average/" + pair.parameter().name(), pair.mean()));
    return state;
  }

  @Override
  public void close() {
    pairs.forEach(pair -> pair.mean().close());
  }
}
