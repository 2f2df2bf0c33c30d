package dev.tuckerc.training.haloc;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.linalg.Tucker2;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.training.finetune.TrainingException;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.decompose.DecomposeConvolutions;
import dev.tuckerc.transform.decompose.DecompositionPlan;
import dev.tuckerc.transform.decompose.LayerDecision;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.layer.LayerForm;
import dev.tuckerc.transform.ranks.DecomposableLayer;
import dev.tuckerc.transform.ranks.LayerKind;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankPolicy;
import dev.tuckerc.transform.report.DecompositionReport;
import dev.tuckerc.transform.report.LayerReport;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/// The ranks that every layer may get, with their prices.
///
/// Candidates have equal ranks on both modes, as far as a mode has so many channels, and are
/// multiples of a quantum (HALOC's principles 1 and 2), of a multiple of it for layers so wide that
/// there were more than [#MOST_CANDIDATES]. Each has the form that the decomposition chooses for
/// its ranks; the dense layer is always a candidate, and ranks that the decomposition refuses are
/// none.
///
/// @param layers those with a choice, in the graph's order
/// @param fixedCost of all other layers
public record SearchSpace(List<SearchLayer> layers, double fixedCost, Unit unit) {
  /// Ranks of a layer beside the dense one.
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
  /// @param context without a rank policy; its cost model, if any, gives the times
  /// @param quantum that ranks are multiples of
  /// @throws TrainingException when no layer has a choice
  public static SearchSpace of(
      Graph compiled, Graph trained, PassContext context, int quantum, Unit unit) {
    List<Layer> layers = Layer.of(compiled);
    List<List<Candidate>> candidates = new ArrayList<>();
    layers.forEach(_ -> candidates.add(new ArrayList<>()));
    double[] dense = new double[layers.size()];
    for (int step = 1; step <= MOST_CANDIDATES; step++) {
      PassContext own = context.with(RankPolicy.class, new CandidateRanks(step, quantum));
      new DecomposeConvolutions().run(compiled, own);
      List<LayerDecision> decisions = own.report(DecompositionPlan.class).orElseThrow().decisions();
      List<LayerReport> reports = own.report(DecompositionReport.class).orElseThrow().layers();
      for (int i = 0; i < layers.size(); i++) {
        dense[i] = unit.of(reports.get(i).before());
        Optional<LayerForm> form =
            decisions.get(i).replacement().map(LayerDecision.Replacement::form);
        if (form.isPresent() && layers.get(i).groups() == 1) {
          candidates.get(i).add(new Candidate(form, unit.of(reports.get(i).after())));
        }
      }
    }
    return assemble(layers, candidates, dense, trained, unit);
  }

  private static SearchSpace assemble(
      List<Layer> layers,
      List<List<Candidate>> candidates,
      double[] dense,
      Graph trained,
      Unit unit) {
    Map<Layer.Key, Layer> byKey = new HashMap<>();
    Layer.of(trained).forEach(layer -> byKey.put(layer.key(), layer));
    Map<Value, SearchLayer> byWeight = new IdentityHashMap<>();
    List<Value> order = new ArrayList<>();
    double fixed = 0;
    for (int i = 0; i < layers.size(); i++) {
      Layer own = byKey.get(layers.get(i).key());
      if (candidates.get(i).isEmpty() || own == null || own.data().isEmpty()) {
        fixed += dense[i];
        continue;
      }
      List<Candidate> all = new ArrayList<>(candidates.get(i));
      all.add(new Candidate(Optional.empty(), dense[i]));
      SearchLayer before = byWeight.get(own.weight());
      if (before == null) {
        order.add(own.weight());
      }
      byWeight.put(own.weight(), shared(before, new SearchLayer(List.of(own), all)));
    }
    if (order.isEmpty()) {
      throw new TrainingException(
          "no layer of the model has ranks that save anything: there is nothing to search");
    }
    List<SearchLayer> found =
        order.stream().map(weight -> Objects.requireNonNull(byWeight.get(weight))).toList();
    return new SearchSpace(found, fixed, unit);
  }

  /// Layers that share a weight have one choice and pay for it each.
  private static SearchLayer shared(
      @org.jspecify.annotations.Nullable SearchLayer first, SearchLayer second) {
    if (first == null) {
      return second;
    }
    List<Layer> users = new ArrayList<>(first.users());
    users.addAll(second.users());
    List<Candidate> sums = new ArrayList<>();
    for (int i = 0; i < first.candidates().size(); i++) {
      Candidate candidate = first.candidates().get(i);
      sums.add(
          new Candidate(candidate.form(), candidate.cost() + second.candidates().get(i).cost()));
    }
    return new SearchLayer(users, sums);
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

  /// Equal ranks for every layer, at a multiple of its own step.
  private record CandidateRanks(int multiple, int quantum) implements RankPolicy {
    @Override
    public RankChoice choose(DecomposableLayer layer) {
      int widest = Math.max(layer.inputs(), layer.outputs());
      int quanta = Math.ceilDiv(widest, quantum * (MOST_CANDIDATES + 1));
      int rank = multiple * quanta * quantum;
      return layer.kind() == LayerKind.SPATIAL && rank < widest
          ? new RankChoice.Ranks(Math.min(rank, layer.inputs()), Math.min(rank, layer.outputs()))
          : new RankChoice.KeepDense("no candidate");
    }

    /// Only shapes and prices are asked for, so no weight is decomposed.
    @Override
    public Optional<Tucker2> factors(String layer, TensorType weight, RankChoice.Ranks ranks) {
      List<Long> core = new ArrayList<>(List.of((long) ranks.out(), (long) ranks.in()));
      List<Long> shape = weight.shape().extents();
      core.addAll(shape.subList(2, shape.size()));
      return Optional.of(
          new Tucker2(
              ones(List.of(shape.getFirst(), (long) ranks.out())),
              ones(core),
              ones(List.of(shape.get(1), (long) ranks.in())),
              0,
              0));
    }

    private static Tensor ones(List<Long> shape) {
      double[] values = new double[Tensor.elementCount(shape)];
      Arrays.fill(values, 1);
      return Tensor.ofDoubles(shape, values).convert(DataType.F64);
    }

    @Override
    public String text() {
      return "equal ranks";
    }
  }
}
