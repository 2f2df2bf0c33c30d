package dev.tuckerc.transform.region;

import dev.tuckerc.cost.Estimate;
import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Region;
import java.util.List;
import java.util.Optional;

/// What the cost model says of nodes and regions.
record StageCosts(LayerCostModel model) {
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
    Optional<Estimate> estimate =
        path.size() == 1
            ? alone(forest.node(path.getFirst()))
            : model.estimate((Region) forest.region(path).op());
    return estimate.map(Estimate::microseconds).orElse(Double.POSITIVE_INFINITY);
  }
}
