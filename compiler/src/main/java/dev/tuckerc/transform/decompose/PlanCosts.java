package dev.tuckerc.transform.decompose;

import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.cost.WorkingSet;
import dev.tuckerc.ir.BasisConvolution;
import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Relayout;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.memory.Aliases;
import dev.tuckerc.transform.memory.PlaceConcats;
import dev.tuckerc.transform.plan.KernelCosts;
import dev.tuckerc.transform.region.StageCosts;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
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
    Map<Value, Double> concats = concats(graph, costs);
    return new KernelCosts() {
      @Override
      public double start() {
        return model.startMicroseconds();
      }

      @Override
      public double of(List<Node> stages, Predicate<Value> stored) {
        Node first = stages.getFirst();
        boolean alone = stages.size() == 1;
        if (alone && aliases.contains(first.results().getFirst())) {
          return 0;
        }
        Double concat = alone ? concats.get(first.results().getFirst()) : null;
        if (concat != null) {
          return concat;
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

  /// What the concats take whose operands are stored in place: nothing, or the copy of the one that
  /// cannot be. What is joined in place, a layer's form leaves as it is.
  private static Map<Value, Double> concats(Graph graph, StageCosts costs) {
    Graph placed = new PlaceConcats().run(graph, PassContext.of(Precision.FP32));
    Set<Value> free = Aliases.of(placed).free();
    Map<Value, Double> known = new IdentityHashMap<>();
    Iterator<Node> original = graph.nodes().stream().filter(PlanCosts::isConcat).iterator();
    double copies = 0;
    for (Node node : placed.nodes()) {
      if (isConcat(node)) {
        Value result = original.next().result();
        if (free.contains(node.result())) {
          known.put(result, copies);
        }
        copies = 0;
      } else {
        // A copy into a slice stands right before the concat that it belongs to.
        boolean isCopy =
            node.op() instanceof Relayout && node.results().getFirst().type().layout().pitch() > 0;
        copies = isCopy ? costs.microseconds(List.of(node), _ -> true) : 0;
      }
    }
    return known;
  }

  private static boolean isConcat(Node node) {
    return node.op() instanceof Concat;
  }
}
