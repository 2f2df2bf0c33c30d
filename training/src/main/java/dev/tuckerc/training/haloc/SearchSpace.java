package dev.tuckerc.training.haloc;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.training.finetune.TrainingException;
import dev.tuckerc.training.lowrank.LowRankLayer;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.decompose.DecomposeConvolutions;
import dev.tuckerc.transform.decompose.DecompositionPlan;
import dev.tuckerc.transform.decompose.Layer;
import dev.tuckerc.transform.ranks.LayerKind;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankPolicy;
import dev.tuckerc.transform.ranks.RanksByLayer;
import dev.tuckerc.transform.report.DecompositionReport;
import dev.tuckerc.transform.report.LayerReport;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/// The ranks that every layer may get, with their predicted costs. Candidates are multiples of a
/// constant, equal on both modes (HALOC's two principles), and the dense layer.
///
/// @param layers those with a choice
/// @param fixedCost of the layers without
public record SearchSpace(List<SearchedLayer> layers, double fixedCost) {
  /// One way to run a layer.
  ///
  /// @param lowRank empty for the dense layer
  /// @param cost in the unit of the search
  public record Candidate(Optional<LowRankLayer> lowRank, RankChoice choice, double cost) {}

  /// A layer and its candidates, the dense one last.
  ///
  /// @param layer of the graph that is trained
  public record SearchedLayer(Layer layer, List<Candidate> candidates) {
    public SearchedLayer {
      candidates = List.copyOf(candidates);
    }

    /// Of the dense layer.
    double denseCost() {
      return candidates.getLast().cost();
    }
  }

  public SearchSpace {
    layers = List.copyOf(layers);
  }

  /// Of the model as it is.
  public double denseCost() {
    return fixedCost + layers.stream().mapToDouble(SearchedLayer::denseCost).sum();
  }

  /// The candidates of every convolution of more than one tap.
  ///
  /// @param trained the graph that is trained
  /// @param bound an import of the same model with known extents, canonical
  /// @param contexts the context in which a policy's plan is made
  /// @param quantum step from rank to rank
  /// @param cost of a layer, such as its predicted time
  /// @throws TrainingException when no layer has a choice
  public static SearchSpace of(
      Graph trained,
      Graph bound,
      Function<RankPolicy, PassContext> contexts,
      int quantum,
      ToDoubleFunction<dev.tuckerc.transform.report.LayerFigures> cost) {
    List<Layer> spatial =
        Layer.of(bound).stream()
            .filter(l -> l.kind() == LayerKind.SPATIAL && l.groups() == 1 && l.data().isPresent())
            .toList();
    Map<Layer.Key, Layer> own = new HashMap<>();
    Layer.of(trained).forEach(layer -> own.put(layer.key(), layer));
    Map<Layer, List<Candidate>> candidates = new IdentityHashMap<>();
    spatial.forEach(layer -> candidates.put(layer, new ArrayList<>()));
    int widest = spatial.stream().mapToInt(l -> Math.min(l.inputs(), l.outputs())).max().orElse(0);
    DecompositionReport dense = null;
    for (int rank = quantum; rank < widest || dense == null; rank += quantum) {
      Map<String, RankChoice> ranks = new LinkedHashMap<>();
      for (Layer layer : spatial) {
        if (rank < Math.min(layer.inputs(), layer.outputs())) {
          ranks.put(layer.name(), new RankChoice.Ranks(rank, rank));
        }
      }
      PassContext context =
          contexts.apply(new RanksByLayer("rank " + rank, Collections.unmodifiableMap(ranks)));
      new DecomposeConvolutions().run(bound, context);
      DecompositionPlan plan = context.report(DecompositionPlan.class).orElseThrow();
      DecompositionReport report = context.report(DecompositionReport.class).orElseThrow();
      dense = dense == null ? report : dense;
      for (int i = 0; i < plan.decisions().size(); i++) {
        Layer layer = plan.decisions().get(i).layer();
        Optional<LowRankLayer> lowRank =
            plan.decisions()
                .get(i)
                .replacement()
                .map(r -> lowRank(own, layer, r.form(), "found while it was trained"));
        LayerReport figures = report.layers().get(i);
        spatial.stream()
            .filter(s -> s.key().equals(layer.key()) && lowRank.isPresent())
            .findFirst()
            .ifPresent(s -> {
              List<Candidate> all = candidates.get(s);
              if (all != null) {
                all.add(
                    new Candidate(
                        lowRank,
                        lowRank.orElseThrow().form().choice(),
                        cost.applyAsDouble(figures.after())));
              }
            });
      }
    }
    return collect(spatial, own, candidates, dense, cost);
  }

  private static LowRankLayer lowRank(
      Map<Layer.Key, Layer> own,
      Layer layer,
      dev.tuckerc.transform.decompose.LayerForm form,
      String reason) {
    Layer mine = own.get(layer.key());
    if (mine == null || mine.data().isEmpty()) {
      throw new TrainingException(
          "layer '" + layer.name() + "' has no weight of its own before it is optimized");
    }
    return new LowRankLayer(mine, form, reason);
  }

  private static SearchSpace collect(
      List<Layer> spatial,
      Map<Layer.Key, Layer> own,
      Map<Layer, List<Candidate>> candidates,
      DecompositionReport dense,
      ToDoubleFunction<dev.tuckerc.transform.report.LayerFigures> cost) {
    Map<String, Double> before = new HashMap<>();
    double all = 0;
    for (LayerReport report : dense.layers()) {
      double one = cost.applyAsDouble(report.before());
      before.put(report.name(), one);
      all += one;
    }
    List<SearchedLayer> searched = new ArrayList<>();
    for (Layer layer : spatial) {
      List<Candidate> choices = candidates.getOrDefault(layer, List.of());
      Layer mine = own.get(layer.key());
      if (!choices.isEmpty() && mine != null) {
        double own1 = before.getOrDefault(layer.name(), 0.0);
        List<Candidate> withDense = new ArrayList<>(choices);
        withDense.add(
            new Candidate(Optional.empty(), new RankChoice.KeepDense("the search says so"), own1));
        searched.add(new SearchedLayer(mine, withDense));
        all -= own1;
      }
    }
    if (searched.isEmpty()) {
      throw new TrainingException(
          "no convolution has a rank to choose that would save anything; nothing to search");
    }
    return new SearchSpace(searched, all);
  }
}
