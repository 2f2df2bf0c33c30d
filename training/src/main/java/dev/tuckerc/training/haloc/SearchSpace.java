package dev.tuckerc.training.haloc;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import dev.tuckerc.training.finetune.TrainingException;
import dev.tuckerc.transform.layer.DecompositionOptions;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.layer.LayerCost;
import dev.tuckerc.transform.ranks.LayerKind;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.search.LayerCandidates;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// What every layer may become, with the prices.
///
/// Candidates are Tucker-2 chains with equal ranks on both modes, as far as a mode has so many
/// channels (HALOC's principle 2), and sums of outer products; ranks and terms are multiples of a
/// quantum (principle 1), of a multiple of it for layers so wide that there were more than
/// [#MOST_CANDIDATES] of a kind. Ranks have the form that costs least with them; the dense layer is
/// always a candidate, and what saves neither parameters nor multiply-accumulates is none.
///
/// @param layers those with a choice, in the graph's order
/// @param fixedCost of all other layers
public record SearchSpace(List<SearchLayer> layers, double fixedCost, Unit unit) {
  /// Candidates of one kind that a layer has.
  static final int MOST_CANDIDATES = 16;

  public SearchSpace {
    layers = List.copyOf(layers);
  }

  /// A weight, and what the layers that have it may become.
  ///
  /// @param users the layers of the trained graph that have this weight
  /// @param candidates the dense layer last
  public record SearchLayer(List<Layer> users, List<Candidate> candidates) {
    public SearchLayer {
      users = List.copyOf(users);
      candidates = List.copyOf(candidates);
    }

    Layer layer() {
      return users.getFirst();
    }

    double leastCost() {
      return candidates.stream().mapToDouble(Candidate::cost).min().orElseThrow();
    }
  }

  /// Prices the candidates.
  ///
  /// @param compiled the model at known extents, as the decomposition gets it
  /// @param trained the graph that is trained, an import of the same model
  /// @param cost what the unit counts
  /// @param options which forms are allowed
  /// @param quantum that ranks are multiples of
  /// @throws TrainingException when no layer has a choice
  public static SearchSpace of(
      Graph compiled,
      Graph trained,
      LayerCost cost,
      DecompositionOptions options,
      int quantum,
      Unit unit) {
    Map<Layer.Key, Layer> byKey = new HashMap<>();
    Layer.of(trained).forEach(layer -> byKey.put(layer.key(), layer));
    Map<Value, List<Layer>> users = new LinkedHashMap<>();
    double fixed = 0;
    for (Layer layer : Layer.of(compiled)) {
      layer.requireStatic();
      Layer own = byKey.get(layer.key());
      boolean open =
          layer.kind() == LayerKind.SPATIAL && layer.groups() == 1 && layer.obstacle().isEmpty();
      if (!open || own == null || own.data().isEmpty()) {
        fixed += unit.of(cost.figures(List.of(layer.node().op())));
      } else {
        users.computeIfAbsent(own.weight(), _ -> new ArrayList<>()).add(layer);
      }
    }
    List<SearchLayer> found = new ArrayList<>();
    for (List<Layer> sharing : users.values()) {
      List<Candidate> candidates = candidates(sharing, cost, options, quantum, unit);
      double dense =
          sharing.stream()
              .mapToDouble(layer -> unit.of(cost.figures(List.of(layer.node().op()))))
              .sum();
      if (candidates.isEmpty()) {
        fixed += dense;
      } else {
        candidates.add(new Candidate(Optional.empty(), dense));
        List<Layer> own =
            sharing.stream().map(l -> Objects.requireNonNull(byKey.get(l.key()))).toList();
        found.add(new SearchLayer(own, candidates));
      }
    }
    if (found.isEmpty()) {
      throw new TrainingException(
          "nothing to search: no convolution of more than one tap and one group has ranks,"
              + " multiples of "
              + quantum
              + " (--quantum), that save anything in the forms allowed");
    }
    return new SearchSpace(found, fixed, unit);
  }

  /// The candidates of layers that share a weight, which have one choice and pay for it each.
  private static List<Candidate> candidates(
      List<Layer> users, LayerCost cost, DecompositionOptions options, int quantum, Unit unit) {
    List<Candidate> candidates = new ArrayList<>();
    for (RankChoice choice : choices(users.getFirst(), quantum)) {
      LayerCandidates.of(users, choice, cost, options).forms().stream()
          .map(form ->
              new Candidate(
                  Optional.of(form),
                  users.stream().mapToDouble(user -> unit.of(cost.figures(form, user))).sum()))
          .min(Comparator.comparingDouble(Candidate::cost))
          .ifPresent(candidates::add);
    }
    return candidates;
  }

  /// Ranks below the wider mode, and terms up to twice its channels.
  private static List<RankChoice> choices(Layer layer, int quantum) {
    int inputs = layer.inputs();
    int outputs = layer.outputs();
    int widest = Math.max(inputs, outputs);
    List<RankChoice> choices = new ArrayList<>();
    int step = quantum * Math.ceilDiv(widest, quantum * (MOST_CANDIDATES + 1));
    for (int rank = step; rank < widest; rank += step) {
      choices.add(new RankChoice.Ranks(Math.min(rank, inputs), Math.min(rank, outputs)));
    }
    step = quantum * Math.ceilDiv(2 * widest, quantum * MOST_CANDIDATES);
    for (int terms = step; terms <= 2 * widest; terms += step) {
      choices.add(new RankChoice.Terms(terms));
    }
    return choices;
  }

  /// Cost of the whole model with every layer dense.
  public double denseCost() {
    return fixedCost
        + layers.stream().mapToDouble(layer -> layer.candidates().getLast().cost()).sum();
  }

  /// The least that the whole model can cost.
  public double leastCost() {
    return fixedCost + layers.stream().mapToDouble(SearchLayer::leastCost).sum();
  }

  /// Cost of the whole model with one candidate for each layer.
  public double cost(List<Candidate> chosen) {
    return fixedCost + chosen.stream().mapToDouble(Candidate::cost).sum();
  }
}
