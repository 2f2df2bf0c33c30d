package dev.tuckerc.training.model;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// Scales of factors. Of two convolutions with nothing between them, a channel of the first may be
/// multiplied by any number and that of the second divided by it: the model computes the same, but
/// the gradients of one grow as those of the other shrink. Factors as a decomposition leaves them,
/// scaled so that half precision holds what is between them, make gradient descent diverge at rates
/// that suit the dense model.
public final class FactorScales {
  /// Scales pass along a chain of three by and by.
  private static final int SWEEPS = 20;

  private FactorScales() {}

  /// Two weights with the channels between them.
  ///
  /// @param first `[C, I/g, taps...]`
  /// @param second `[O, C/groups, taps...]`
  /// @param groups of the second
  private record Pair(Tensor first, Tensor second, long groups) {}

  /// Gives both sides of every channel between two factors the same norm, at which the squared
  /// gradients together are least.
  ///
  /// @return how many pairs of factors the model has
  public static int equalize(TrainableModel model) {
    List<Pair> pairs = pairs(model);
    try (PointerScope _ = new PointerScope();
        NoGradGuard _ = new NoGradGuard()) {
      for (int sweep = 0; sweep < SWEEPS; sweep++) {
        pairs.forEach(FactorScales::equalize);
      }
    }
    return pairs.size();
  }

  private static void equalize(Pair pair) {
    long channels = pair.first().size(0);
    long groups = pair.groups();
    Tensor first = pair.first().view(channels, -1);
    // [group, output of the group, input of the group, tap]
    Tensor second =
        pair.second().view(groups, pair.second().size(0) / groups, channels / groups, -1);
    Tensor rows = first.square().sum(1).sqrt();
    Tensor columns = second.square().sum(1, 3).sqrt().view(channels);
    // A channel without weight on one side computes nothing; its scale does not matter.
    Tensor used = rows.mul(columns).gt(new Scalar(0));
    Tensor scale = torch.where(used, columns.div(rows).sqrt(), Operations.scalar(1));
    first.mul_(scale.view(channels, 1));
    second.div_(scale.view(groups, 1, channels / groups, 1));
  }

  private static List<Pair> pairs(TrainableModel model) {
    Map<Value, Node> producers = new IdentityHashMap<>();
    Map<Value, Integer> uses = new IdentityHashMap<>();
    for (Node node : model.source().nodes()) {
      producers.put(node.result(), node);
      node.op().operands().forEach(operand -> uses.merge(operand, 1, Integer::sum));
    }
    model.source().outputs().forEach(output -> uses.merge(output.value(), 1, Integer::sum));
    Map<Value, Parameter> parameters = new IdentityHashMap<>();
    model.parameters().forEach(parameter -> parameters.put(parameter.value(), parameter));
    List<Pair> pairs = new ArrayList<>();
    for (Node node : model.source().nodes()) {
      if (!(node.op() instanceof Convolution second)) {
        continue;
      }
      Node before = producers.get(second.input());
      if (before == null || !(before.op() instanceof Convolution first)) {
        continue;
      }
      Parameter firstWeight = parameters.get(first.weight());
      Parameter secondWeight = parameters.get(second.weight());
      boolean plain =
          first.bias().isEmpty()
              && first.epilogue().isIdentity()
              && uses.getOrDefault(second.input(), 0) == 1
              && uses.getOrDefault(first.weight(), 0) == 1
              && uses.getOrDefault(second.weight(), 0) == 1;
      if (plain && firstWeight != null && secondWeight != null) {
        pairs.add(new Pair(firstWeight.tensor(), secondWeight.tensor(), second.groups()));
      }
    }
    return pairs;
  }
}
