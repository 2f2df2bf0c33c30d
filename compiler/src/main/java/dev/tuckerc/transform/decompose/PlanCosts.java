package dev.tuckerc.transform.decompose;

import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.cost.WorkingSet;
import dev.tuckerc.ir.BasisConvolution;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.memory.Aliases;
import dev.tuckerc.transform.plan.KernelCosts;
import dev.tuckerc.transform.region.StageCosts;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/// What the kernels of a plan cost: microseconds, or multiply-accumulates where there is no model
/// or a goal counts them.
final class PlanCosts {
  private PlanCosts() {}

  /// Multiply-accumulates of convolutions and products.
  static final KernelCosts MULTIPLY_ACCUMULATES =
      (stages, _) ->
          stages.size() > 1
              ? Double.POSITIVE_INFINITY
              : LayerCost.isProduct(stages.getFirst().op())
                  ? LayerCost.multiplyAccumulates(stages.getFirst().op())
                  : 0;

  /// Predicted microseconds. Weights come from where those of the graph do: with the alternatives
  /// of a plan in its place the network is no larger.
  ///
  /// @param graph whose kernels they are; what lies in place has none
  static KernelCosts microseconds(LayerCostModel anyNetwork, Graph graph) {
    LayerCostModel model = anyNetwork.within(WorkingSet.of(graph));
    StageCosts costs = new StageCosts(model);
    Set<Value> aliases = Aliases.of(graph).free();
    return new KernelCosts() {
      @Override
      public double of(List<Node> stages, Predicate<Value> stored) {
        Node first = stages.getFirst();
        boolean alone = stages.size() == 1;
        if (alone && aliases.contains(first.results().getFirst())) {
          return 0;
        }
        double microseconds = costs.microseconds(stages, stored);
        if (!alone || Double.isFinite(microseconds)) {
          return microseconds;
        }
        return switch (first.op()) {
          case MatMul product -> model.estimate(LayerCost.asConvolution(product)).microseconds();
          // No kernel, so the pair that it could take the place of stays.
          case BasisConvolution _ -> Double.POSITIVE_INFINITY;
          default -> 0;
        };
      }
    };
  }
}
