package dev.tuckerc.transform.search;

import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Op;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.layer.DecompositionOptions;
import dev.tuckerc.transform.layer.InParallel;
import dev.tuckerc.transform.layer.KnownWeights;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.layer.LayerCost;
import dev.tuckerc.transform.layer.LayerForm;
import dev.tuckerc.transform.layer.LayerWeight;
import dev.tuckerc.transform.layer.RankGrid;
import dev.tuckerc.transform.plan.KernelCosts;
import dev.tuckerc.transform.plan.NetworkPlan;
import dev.tuckerc.transform.ranks.Goal;
import dev.tuckerc.transform.ranks.LayerKind;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankPolicy;
import dev.tuckerc.transform.report.LayerTradeOff;
import dev.tuckerc.transform.report.NetworkFigures;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Chooses the form of every layer, and its ranks where the policy leaves them open.
///
/// Open ranks are searched for on a coarse grid of all layers together, then around the choice on
/// finer grids ([RankGrid]), each time with the best plan of all layers. What was chosen before is
/// always among the candidates, so no round makes the plan worse.
///
/// @param costs what the goal bounds or minimises
/// @param times predicted microseconds, where there is a model
/// @param known what was found out of weights before
/// @param timed whether costs are microseconds; multiply-accumulates otherwise
public record RankSearch(
    CompiledGraph compiled,
    LayerCost counts,
    DecompositionOptions options,
    KernelCosts costs,
    Optional<KernelCosts> times,
    boolean timed,
    Goal goal,
    LayerErrors errors,
    KnownWeights known,
    Optional<Explain> explain) {
  private static final Logger LOG = LoggerFactory.getLogger(RankSearch.class);

  /// What becomes of a layer.
  ///
  /// @param form empty where it stays dense
  public record Chosen(Optional<LayerForm> form, String reason) {}

  /// A plan of all layers.
  ///
  /// @param layers by the first layer of each weight
  /// @param network empty without a model
  /// @param explained the layer of which that was asked; empty without a model
  public record Result(
      Map<Layer, Chosen> layers,
      Optional<NetworkFigures> network,
      Optional<LayerTradeOff> explained) {}

  /// A search for the layers of a network, by the context's cost model where there is one.
  public static RankSearch of(Graph graph, List<LayerCandidates> candidates, PassContext context) {
    long start = System.nanoTime();
    CompiledGraph compiled = CompiledGraph.of(graph, context.precision());
    LOG.debug("compiled view in {} ms", (System.nanoTime() - start) / 1_000_000);
    long dense =
        compiled.graph().nodes().stream()
            .filter(node -> LayerCost.isProduct(node.op()))
            .mapToLong(node -> LayerCost.multiplyAccumulates(node.op()))
            .sum();
    Goal goal =
        context.find(Goal.class).orElseGet(() -> context.require(RankPolicy.class).goal(dense));
    Optional<KernelCosts> times =
        context
            .find(LayerCostModel.class)
            .map(model -> PlanCosts.microseconds(model, compiled.graph()));
    boolean timed = times.isPresent() && !goal.countsMultiplyAccumulates();
    return new RankSearch(
        compiled,
        LayerCost.of(context),
        context.find(DecompositionOptions.class).orElse(DecompositionOptions.DEFAULT),
        timed ? times.orElseThrow() : PlanCosts.MULTIPLY_ACCUMULATES,
        times,
        timed,
        goal,
        errors(candidates, goal, context),
        KnownWeights.of(context),
        context.find(Explain.class));
  }

  private static boolean looksAtErrors(Goal goal) {
    return goal.maxError().isPresent() || goal.mostCost().isPresent();
  }

  private static double multiplyAccumulates(List<Op> operations) {
    return operations.stream()
        .filter(LayerCost::isProduct)
        .mapToDouble(LayerCost::multiplyAccumulates)
        .sum();
  }

  private static LayerErrors errors(
      List<LayerCandidates> candidates, Goal goal, PassContext context) {
    if (!looksAtErrors(goal)) {
      // Then what is equally fast is told apart by its size.
      return (layer, form) -> multiplyAccumulates(form.operations(layer)) / 1e9;
    }
    List<Layer> layers =
        candidates.stream()
            .filter(layer -> !layer.forms().isEmpty())
            .map(LayerCandidates::layer)
            .toList();
    LayerErrors weights = new WeightErrors(layers, KnownWeights.of(context));
    return context
        .find(ErrorMeasure.class)
        .map(measure -> measure.of(layers, weights))
        .orElse(weights);
  }

  public Result run(List<LayerCandidates> all) {
    double least = leastKernel(all);
    List<LayerCandidates> candidates =
        inParallel(all, layer -> affordable(worthTerms(worthTwo(layer, least))));
    PlanRound coarse = round(candidates);
    PlanRound round = coarse;
    NetworkPlan plan = round.plan();
    Map<Layer, String> whyDense = new IdentityHashMap<>();
    explainDense(round, plan, whyDense);
    for (int refinement = 1; isFiner(candidates, refinement); refinement++) {
      int finer = refinement;
      PlanRound before = round;
      NetworkPlan best = plan;
      round =
          round(
              inParallel(
                  before.candidates(), layer -> finer(layer, before.chosen(best, layer), finer)));
      plan = round.plan();
      explainDense(round, plan, whyDense);
    }
    Map<Layer, Chosen> chosen = new IdentityHashMap<>();
    for (LayerCandidates layer : round.candidates()) {
      int alternative = round.chosen(plan, layer);
      chosen.put(
          layer.layer(),
          alternative == 0
              ? new Chosen(Optional.empty(), Objects.requireNonNull(whyDense.get(layer.layer())))
              : new Chosen(
                  Optional.of(layer.forms().get(alternative - 1)), whyChosen(round, plan, layer)));
    }
    PlanRound last = round;
    NetworkPlan best = plan;
    Optional<LayerTradeOff> explained =
        times.isPresent() && explain.isPresent()
            ? Optional.of(
                new LayerExplanation(compiled, times.get(), counts, options, errors, known)
                    .of(explain.get().layer(), last, best))
            : Optional.empty();
    return new Result(chosen, figures(coarse, last, best), explained);
  }

  private static List<LayerCandidates> inParallel(
      List<LayerCandidates> layers, UnaryOperator<LayerCandidates> work) {
    return InParallel.map(
        layers, layer -> layer.layer().data().map(LayerWeight::size).orElse(0), work);
  }

  /// Why layers are dense in a plan, of those of which it is not known yet.
  private void explainDense(PlanRound round, NetworkPlan plan, Map<Layer, String> reasons) {
    List<LayerCandidates> dense =
        round.candidates().stream()
            .filter(layer -> round.chosen(plan, layer) == 0)
            .filter(layer -> !reasons.containsKey(layer.layer()))
            .toList();
    List<String> why =
        InParallel.map(dense, layer -> layer.forms().size(), layer -> whyDense(round, plan, layer));
    for (int i = 0; i < dense.size(); i++) {
      reasons.put(dense.get(i).layer(), why.get(i));
    }
  }

  private Optional<NetworkFigures> figures(PlanRound coarse, PlanRound last, NetworkPlan plan) {
    if (times.isEmpty()) {
      return Optional.empty();
    }
    double dense = last.dense().cost();
    double microseconds = plan.cost();
    if (!timed) {
      PlanRound clock =
          new PlanRound(compiled, last.candidates(), times.get(), Goal.FASTEST, errors);
      dense = clock.dense().cost();
      microseconds = clock.evaluate(layer -> last.chosen(plan, layer)).cost();
    }
    boolean trades = timed && looksAtErrors(goal);
    return Optional.of(
        new NetworkFigures(
            goal.toString(),
            dense,
            microseconds,
            looksAtErrors(goal) ? Math.sqrt(plan.error()) : 0,
            // Of errors the planner knows the squares.
            goal.mostCost().isPresent() ? 1 - Math.sqrt(1 - plan.gap()) : plan.gap(),
            trades ? coarse.tradeOff() : List.of()));
  }

  /// Least time of a kernel among those of the layers.
  private double leastKernel(List<LayerCandidates> all) {
    return all.parallelStream()
        .mapToDouble(this::microseconds)
        .filter(time -> time > 0)
        .min()
        .orElse(0);
  }

  private double microseconds(LayerCandidates layer) {
    return timed
        ? compiled.node(layer.layer()).map(n -> costs.of(List.of(n), _ -> true)).orElse(0.0)
        : 0;
  }

  /// A layer of one tap becomes two kernels, or two stages of one in the place of one stage. Where
  /// its own takes little longer than any kernel has to, nothing is left to gain, and its forms
  /// would multiply those of its neighbours.
  private LayerCandidates worthTwo(LayerCandidates layer, double least) {
    double own = microseconds(layer);
    boolean oneTap =
        layer.layer().kind() == LayerKind.POINTWISE || layer.layer().kind() == LayerKind.PRODUCT;
    boolean open = layer.choice() instanceof RankChoice.Search && !layer.forms().isEmpty();
    if (!timed || !open || !oneTap || own >= 2 * least) {
      return layer;
    }
    return new LayerCandidates(
        layer.users(),
        layer.choice(),
        List.of(),
        List.of(
            String.format(
                Locale.ROOT,
                "takes %.2f us, less than two of the least kernels of %.2f us",
                own,
                least)),
        true);
  }

  /// The error of a sum of terms has to be computed, so only those are looked at that are faster
  /// than the dense layer when both run alone.
  private LayerCandidates worthTerms(LayerCandidates layer) {
    boolean open = layer.choice() instanceof RankChoice.Search;
    Layer own = layer.layer();
    OptionalDouble dense = counts.microseconds(List.of(own.node().op()));
    if (!timed || !open || dense.isEmpty()) {
      return layer;
    }
    return layer.with(
        layer.forms().stream()
            .filter(form ->
                !(form.choice() instanceof RankChoice.Terms)
                    || counts.microseconds(form.operations(own)).orElse(0) < dense.getAsDouble())
            .toList(),
        "as a sum of terms no faster than dense, both alone");
  }

  /// The candidates without forms that lose more than the goal allows all layers together. The
  /// errors of all forms are known then.
  private LayerCandidates affordable(LayerCandidates layer) {
    if (layer.forms().isEmpty()) {
      return layer;
    }
    double most = Math.pow(goal.maxError().orElse(Double.POSITIVE_INFINITY), 2);
    List<LayerForm> left = new ArrayList<>();
    double least = Double.POSITIVE_INFINITY;
    String nearest = "";
    for (LayerForm form : layer.forms()) {
      double error = errors.of(layer.layer(), form);
      if (error <= most) {
        left.add(form);
      } else if (error < least) {
        least = error;
        nearest = form.name() + " at " + form.choice();
      }
    }
    List<String> refused =
        left.isEmpty()
            ? List.of(
                String.format(
                    Locale.ROOT,
                    "beyond the goal: %s loses least, a relative error of %.3f",
                    nearest,
                    Math.sqrt(least)))
            : layer.refused();
    return new LayerCandidates(
        layer.users(), layer.choice(), left, refused, layer.keepsDense() || left.isEmpty());
  }

  private PlanRound round(List<LayerCandidates> candidates) {
    long start = System.nanoTime();
    PlanRound round = new PlanRound(compiled, candidates, costs, goal, errors);
    LOG.debug("kernels of a round in {} ms", (System.nanoTime() - start) / 1_000_000);
    return round;
  }

  private static boolean isFiner(List<LayerCandidates> candidates, int refinement) {
    return candidates.stream()
        .anyMatch(layer ->
            layer.choice() instanceof RankChoice.Search search
                && !layer.forms().isEmpty()
                && RankGrid.isFiner(layer.layer(), search, refinement));
  }

  private LayerCandidates finer(LayerCandidates layer, int alternative, int refinement) {
    if (!(layer.choice() instanceof RankChoice.Search search)) {
      return layer;
    }
    if (alternative == 0) {
      return new LayerCandidates(layer.users(), search, List.of(), layer.refused(), true);
    }
    RankChoice before = layer.forms().get(alternative - 1).choice();
    List<LayerForm> forms = new ArrayList<>();
    for (RankChoice choice : RankGrid.around(layer.layer(), search, before, refinement)) {
      // Ranks of their own form only: the others are those of another choice.
      LayerForm.candidates(layer.layer(), choice).stream()
          .filter(form -> form.choice().equals(choice))
          .forEach(forms::add);
    }
    return affordable(LayerCandidates.of(layer.users(), search, forms, counts, options));
  }

  private String whyChosen(PlanRound round, NetworkPlan plan, LayerCandidates layer) {
    double saved = round.with(plan, layer, 0).cost() - plan.cost();
    if (layer.choice() instanceof RankChoice.Search) {
      return saved > 0
          ? "saves " + amount(saved) + " of the network"
          : "costs " + amount(-saved) + " more than dense, within the goal";
    }
    String reason =
        "ranks "
            + layer.choice()
            + " by the policy; form: "
            + (timed ? "least predicted time of the network" : "fewest multiply-accumulates");
    return saved > 0
        ? reason
        : reason + "; no faster than dense: the network takes " + amount(-saved) + " more";
  }

  private String whyDense(PlanRound round, NetworkPlan plan, LayerCandidates layer) {
    if (layer.forms().isEmpty() || !round.isPlanned(layer)) {
      return layer.whyNone();
    }
    int nearest = 1;
    NetworkPlan best = round.with(plan, layer, 1);
    for (int i = 2; i <= layer.forms().size(); i++) {
      NetworkPlan other = round.with(plan, layer, i);
      if (other.cost() < best.cost()) {
        best = other;
        nearest = i;
      }
    }
    LayerForm form = layer.forms().get(nearest - 1);
    String what = form.name() + " at " + form.choice();
    double more = best.cost() - plan.cost();
    return more >= 0
        ? "no faster than dense: with " + what + " the network takes " + amount(more) + " more"
        : String.format(
            Locale.ROOT,
            "%s would save %s, but not within the goal: its own relative error is %.3f",
            what,
            amount(-more),
            Math.sqrt(Math.max(0, best.error() - plan.error())));
  }

  private String amount(double cost) {
    return timed
        ? String.format(Locale.ROOT, "%.2f us", cost)
        : String.format(Locale.ROOT, "%.2f MMAC", cost / 1e6);
  }
}
