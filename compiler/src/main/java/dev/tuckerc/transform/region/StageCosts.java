package dev.tuckerc.transform.region;

import dev.tuckerc.cost.Estimate;
import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.Value;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// What the cost model says of nodes and regions.
public record StageCosts(LayerCostModel model) {
  /// Whether it is known what a node costs by itself; of every convolution it is.
  boolean isPriced(Node node) {
    return node.op() instanceof Convolution || alone(node).isPresent();
  }

  private Optional<Estimate> alone(Node node) {
    if (node.op() instanceof Convolution convolution) {
      return Optional.of(model.estimate(convolution));
    }
    return model.estimate((Region) RegionBuilder.build(List.of(node), _ -> true).op());
  }

  /// Microseconds of one kernel for a path of stages; infinite where there is none.
  double microseconds(StageForest forest, List<Integer> path) {
    return microseconds(forest.nodes(path), forest.isStored(path));
  }

  /// Microseconds of one kernel for nodes each of which works on the result of the one before;
  /// infinite where there is none.
  ///
  /// @param stored whether a value is read outside; that of the last node always is stored
  public double microseconds(List<Node> stages, Predicate<Value> stored) {
    Optional<Estimate> estimate =
        stages.size() == 1
            ? alone(stages.getFirst())
            : model.estimate((Region) RegionBuilder.build(stages, stored).op());
    return estimate.map(Estimate::microseconds).orElse(Double.POSITIVE_INFINITY);
  }
}
