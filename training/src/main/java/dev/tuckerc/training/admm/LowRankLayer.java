package dev.tuckerc.training.admm;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import dev.tuckerc.linalg.Factorization;
import dev.tuckerc.linalg.Factorizer;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.training.finetune.TrainingException;
import dev.tuckerc.transform.decompose.DecompositionPlan;
import dev.tuckerc.transform.decompose.LayerDecision;
import dev.tuckerc.transform.decompose.LayerDecision.Replacement;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.layer.LayerForm;
import dev.tuckerc.transform.layer.LayerWeight;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/// A layer that is to become a chain of factors, in a form that is already chosen.
///
/// @param layer in the graph that is trained
/// @param form with its ranks
/// @param reason why it has this form
public record LowRankLayer(Layer layer, LayerForm form, String reason) {
  /// The layers that a plan replaces.
  ///
  /// @param plan made for any import of the graph's model
  /// @throws TrainingException when the graph lacks one of them, or there is none
  public static List<LowRankLayer> of(DecompositionPlan plan, Graph graph) {
    Map<Layer.Key, Layer> byKey = new HashMap<>();
    Layer.of(graph).forEach(layer -> byKey.put(layer.key(), layer));
    List<LowRankLayer> layers = new ArrayList<>();
    for (LayerDecision decision : plan.decisions()) {
      if (decision.replacement().isEmpty()) {
        continue;
      }
      Layer layer = byKey.get(decision.layer().key());
      if (layer == null || layer.data().isEmpty()) {
        throw new TrainingException(
            "layer '"
                + decision.layer().name()
                + "' has no weight of its own before it is optimized; leave it dense in the ranks");
      }
      layers.add(new LowRankLayer(layer, decision.replacement().get().form(), decision.reason()));
    }
    if (layers.isEmpty()) {
      throw new TrainingException("the ranks leave every layer dense: there is nothing to train");
    }
    return layers;
  }

  /// The layers that have a weight of their own: of those that share one, the first.
  static List<LowRankLayer> distinct(List<LowRankLayer> layers) {
    Set<Value> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    return layers.stream().filter(l -> seen.add(l.layer().weight())).toList();
  }

  /// The graph with its layers replaced by truncated factors of the weights that it has now.
  ///
  /// @param layers of any graph of the same model
  public static Graph truncate(Graph graph, List<LowRankLayer> layers) {
    return plan(graph, layers).apply(graph);
  }

  /// Truncated factors for the layers, of the weights that a graph has now.
  ///
  /// @param layers of any graph of the same model
  public static DecompositionPlan plan(Graph graph, List<LowRankLayer> layers) {
    Map<Layer.Key, LowRankLayer> byKey = new HashMap<>();
    layers.forEach(l -> byKey.put(l.layer().key(), l));
    Map<Value, Factorization> factors = new IdentityHashMap<>();
    List<LayerDecision> decisions = new ArrayList<>();
    for (Layer layer : Layer.of(graph)) {
      LowRankLayer wanted = byKey.get(layer.key());
      if (wanted != null) {
        Factorization chain = factors.computeIfAbsent(layer.weight(), _ -> wanted.factors(layer));
        decisions.add(
            new LayerDecision(
                layer,
                Optional.of(
                    new Replacement(
                        wanted.form(), chain, Optional.empty(), OptionalDouble.empty())),
                wanted.reason(),
                Optional.empty()));
      }
    }
    return new DecompositionPlan("trained", decisions);
  }

  private Factorization factors(Layer layer) {
    try (Factorizer factorizer = layer.factorizer()) {
      return form.factorize(factorizer)
          .balanced(layer.data().orElseThrow().type(), layer.magnitude());
    }
  }

  /// The nearest weight that the form can have (HOOI for Tucker-2, truncated singular values for
  /// matrices).
  ///
  /// @param weight of the layer's shape, as the graph holds it
  /// @return of the same shape, F32
  Tensor project(Tensor weight) {
    LayerWeight own = layer.data().orElseThrow();
    Tensor oriented = own.with(weight).tensor();
    try (Factorizer factorizer = new Factorizer(oriented, layer.groups())) {
      Tensor nearest = grouped(form.factorize(factorizer).reconstruct(), oriented);
      return own.restored(nearest.convert(DataType.F32));
    }
  }

  /// Of a weight over all groups, `[O, I, kernel...]`, the blocks that a grouped layer has.
  private Tensor grouped(Tensor whole, Tensor like) {
    int groups = Math.toIntExact(layer.groups());
    if (groups == 1) {
      return whole;
    }
    int outputs = like.dimension(0);
    int perOutput = like.size() / outputs;
    double[] all = whole.toDoubles();
    double[] own = new double[like.size()];
    for (int output = 0; output < outputs; output++) {
      int group = output / (outputs / groups);
      System.arraycopy(
          all, (output * groups + group) * perOutput, own, output * perOutput, perOutput);
    }
    return Tensor.ofDoubles(like.shape(), own);
  }
}
