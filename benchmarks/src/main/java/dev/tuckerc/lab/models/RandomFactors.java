package dev.tuckerc.lab.models;

import dev.tuckerc.ir.TensorType;
import dev.tuckerc.linalg.Tucker2;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.ranks.DecomposableLayer;
import dev.tuckerc.transform.ranks.Goal;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/// The ranks of another policy with random factors: what a decomposed model takes depends on their
/// shapes alone, and a decomposition would take seconds.
///
/// @param ranks chooses the ranks
public record RandomFactors(RankPolicy ranks) implements RankPolicy {
  @Override
  public RankPolicy forModel(List<? extends DecomposableLayer> layers) {
    return new RandomFactors(ranks.forModel(layers));
  }

  @Override
  public RankChoice choose(DecomposableLayer layer) {
    return ranks.choose(layer);
  }

  @Override
  public Goal goal(long denseMultiplyAccumulates) {
    return ranks.goal(denseMultiplyAccumulates);
  }

  @Override
  public boolean isFree() {
    return ranks.isFree();
  }

  @Override
  public void check(List<String> decomposable, Map<String, String> others) {
    ranks.check(decomposable, others);
  }

  @Override
  public String text() {
    return ranks.text();
  }

  /// Factors that keep the size of activations: the reduction and the expansion by themselves, the
  /// core with the rectifier after it.
  @Override
  public Optional<Tucker2> factors(String layer, TensorType weight, RankChoice.Ranks chosen) {
    SplittableRandom random = new SplittableRandom(layer.hashCode());
    DataType type = weight.elementType();
    List<Long> core = new ArrayList<>(weight.shape().extents());
    long outputs = core.get(0);
    long inputs = core.get(1);
    core.set(0, (long) chosen.out());
    core.set(1, (long) chosen.in());
    long terms = core.stream().skip(1).reduce(1L, Math::multiplyExact);
    return Optional.of(
        new Tucker2(
            uniform(random, type, List.of(outputs, (long) chosen.out()), 1.0 / chosen.out()),
            uniform(random, type, core, 2.0 / terms),
            uniform(random, type, List.of(inputs, (long) chosen.in()), 1.0 / inputs),
            1,
            0));
  }

  private static Tensor uniform(
      SplittableRandom random, DataType type, List<Long> shape, double variance) {
    Tensor tensor = Tensor.zeros(type, shape);
    double most = Math.sqrt(3 * variance);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.setDouble(i, most * (2 * random.nextDouble() - 1));
    }
    return tensor;
  }
}
