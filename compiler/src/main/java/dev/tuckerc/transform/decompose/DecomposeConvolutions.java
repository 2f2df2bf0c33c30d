package dev.tuckerc.transform.decompose;

import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.linalg.Factorization;
import dev.tuckerc.linalg.Factorizer;
import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.transform.Pass;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Remark;
import dev.tuckerc.transform.decompose.LayerDecision.Replacement;
import dev.tuckerc.transform.layer.DecompositionOptions;
import dev.tuckerc.transform.layer.InParallel;
import dev.tuckerc.transform.layer.KnownWeights;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.layer.LayerCost;
import dev.tuckerc.transform.layer.LayerForm;
import dev.tuckerc.transform.layer.LayerWeight;
import dev.tuckerc.transform.layer.WeightOfLayer;
import dev.tuckerc.transform.plan.Planner;
import dev.tuckerc.transform.ranks.Goal;
import dev.tuckerc.transform.ranks.RankChoice;
import dev.tuckerc.transform.ranks.RankPolicy;
import dev.tuckerc.transform.report.DecompositionReport;
import dev.tuckerc.transform.report.LayerFigures;
import dev.tuckerc.transform.report.LayerReport;
import dev.tuckerc.transform.report.LayerTradeOff;
import dev.tuckerc.transform.report.NetworkFigures;
import dev.tuckerc.transform.search.CompiledGraph;
import dev.tuckerc.transform.search.LayerCandidates;
import dev.tuckerc.transform.search.PlanCosts;
import dev.tuckerc.transform.search.RankSearch;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// conv(x, W) => conv1x1(conv(conv1x1(x, Ui^T), core), Uo) with W ~ core x_O Uo x_I Ui
///
/// Asks the context's [RankPolicy] what becomes of every layer with a constant weight, chooses the
/// form together with the ranks ([RankSearch]), factorizes in parallel, lets the context's
/// [FactorFit], if any, fit the factors to data, and publishes a [DecompositionPlan] and a
/// [DecompositionReport]. The context's [dev.tuckerc.cost.LayerCostModel], if any, supplies the
/// estimates, its [DecompositionOptions] what is allowed.
public final class DecomposeConvolutions implements Pass {
  private static final Logger LOG = LoggerFactory.getLogger(DecomposeConvolutions.class);

  @Override
  public String name() {
    return "decompose";
  }

  @Override
  public Graph run(Graph graph, PassContext context) {
    DecompositionPlan plan = plan(graph, context);
    Optional<FactorFit> fit = context.find(FactorFit.class);
    if (fit.isPresent()) {
      plan = fit.get().fit(plan);
    }
    context.publish(DecompositionPlan.class, plan);
    publish(plan, context);
    return plan.apply(graph);
  }

  private static DecompositionPlan plan(Graph graph, PassContext context) {
    List<Layer> layers = Layer.of(graph);
    KnownWeights known = KnownWeights.of(context);
    RankPolicy policy =
        context
            .require(RankPolicy.class)
            .forModel(
                layers.stream()
                    .filter(layer -> layer.obstacle().isEmpty())
                    .map(layer -> new WeightOfLayer(layer, known))
                    .toList());
    check(policy, layers);
    Map<Value, List<Layer>> users = new IdentityHashMap<>();
    List<Layer> first = new ArrayList<>();
    for (Layer layer : layers) {
      layer.requireStatic();
      List<Layer> sharing = users.computeIfAbsent(layer.weight(), _ -> new ArrayList<>());
      if (sharing.stream().noneMatch(other -> sameWeight(other, layer))) {
        first.add(layer);
      }
      sharing.add(layer);
    }
    LayerCost counts = LayerCost.of(context);
    DecompositionOptions options =
        context.find(DecompositionOptions.class).orElse(DecompositionOptions.DEFAULT);
    List<LayerCandidates> candidates =
        InParallel.map(
            first,
            DecomposeConvolutions::size,
            layer ->
                candidates(
                    Objects.requireNonNull(users.get(layer.weight())).stream()
                        .filter(other -> sameWeight(other, layer))
                        .toList(),
                    policy,
                    counts,
                    options,
                    known));
    long start = System.nanoTime();
    Map<Layer, RankSearch.Chosen> chosen = choose(graph, candidates, context);
    LOG.debug("planned in {} ms", (System.nanoTime() - start) / 1_000_000);
    long planned = System.nanoTime();
    List<LayerDecision> made =
        InParallel.map(
            first,
            DecomposeConvolutions::size,
            layer -> factorized(layer, Objects.requireNonNull(chosen.get(layer)), policy, known));
    LOG.debug("factorized in {} ms", (System.nanoTime() - planned) / 1_000_000);
    Map<Layer, LayerDecision> byLayer = new IdentityHashMap<>();
    made.forEach(decision -> byLayer.put(decision.layer(), decision));
    List<LayerDecision> decisions = new ArrayList<>();
    for (Layer layer : layers) {
      LayerDecision own = byLayer.get(layer);
      decisions.add(own != null ? own : shared(layer, users, byLayer));
    }
    return neverSlower(graph, new DecompositionPlan(policy.text(), decisions), context);
  }

  /// The plan, or the dense network where a search was free to choose that and the whole network,
  /// as it is with the factors in it, is predicted to be slower: the last word is that of the
  /// kernels. Their time is also what is reported.
  private static DecompositionPlan neverSlower(
      Graph graph, DecompositionPlan plan, PassContext context) {
    Optional<NetworkFigures> figures = context.report(NetworkFigures.class);
    Optional<LayerCostModel> model = context.find(LayerCostModel.class);
    boolean bounded =
        context.require(RankPolicy.class).isFree()
            && context.find(Goal.class).map(goal -> !goal.countsMultiplyAccumulates()).orElse(true);
    if (figures.isEmpty() || model.isEmpty()) {
      return plan;
    }
    CompiledGraph compiled = CompiledGraph.of(plan.apply(graph), context.precision());
    double microseconds =
        new Planner(
                compiled.graph(), Map.of(), PlanCosts.microseconds(model.get(), compiled.graph()))
            .evaluate(Map.of())
            .cost();
    NetworkFigures before = figures.get();
    boolean slower = bounded && microseconds > before.denseMicroseconds() * (1 + 1e-9);
    context.publish(
        NetworkFigures.class, slower ? before.dense() : before.withMicroseconds(microseconds));
    if (!slower) {
      return plan;
    }
    String reason =
        String.format(
            Locale.ROOT,
            "the whole network would take %.2f us, dense %.2f us",
            microseconds,
            before.denseMicroseconds());
    return plan.with(
        plan.decisions().stream()
            .map(decision ->
                decision.replacement().isPresent()
                    ? LayerDecision.dense(decision.layer(), reason)
                    : decision)
            .toList());
  }

  private static long size(Layer layer) {
    return layer.data().map(LayerWeight::size).orElse(0);
  }

  private static Map<Layer, RankSearch.Chosen> choose(
      Graph graph, List<LayerCandidates> candidates, PassContext context) {
    if (candidates.stream().allMatch(layer -> layer.forms().isEmpty())) {
      Map<Layer, RankSearch.Chosen> dense = new IdentityHashMap<>();
      candidates.forEach(layer ->
          dense.put(layer.layer(), new RankSearch.Chosen(Optional.empty(), layer.whyNone())));
      return dense;
    }
    RankSearch.Result result = RankSearch.of(graph, candidates, context).run(candidates);
    result.network().ifPresent(figures -> context.publish(NetworkFigures.class, figures));
    result.explained().ifPresent(layer -> context.publish(LayerTradeOff.class, layer));
    return result.layers();
  }

  private static LayerDecision shared(
      Layer layer, Map<Value, List<Layer>> users, Map<Layer, LayerDecision> byLayer) {
    Layer owner =
        Objects.requireNonNull(users.get(layer.weight())).stream()
            .filter(other -> sameWeight(other, layer) && byLayer.containsKey(other))
            .findFirst()
            .orElseThrow();
    LayerDecision decision = Objects.requireNonNull(byLayer.get(owner));
    return new LayerDecision(
        layer,
        decision.replacement(),
        "shares its weight with '" + owner.name() + "': " + decision.reason(),
        Optional.of(owner));
  }

  /// Whether two layers with one weight use it in the same way.
  private static boolean sameWeight(Layer a, Layer b) {
    return a.weight() == b.weight()
        && a.groups() == b.groups()
        && a.node().op().name().equals(b.node().op().name());
  }

  private static void check(RankPolicy policy, List<Layer> layers) {
    List<String> decomposable = new ArrayList<>();
    Map<String, String> others = new LinkedHashMap<>();
    for (Layer layer : layers) {
      String reason = layer.obstacle().orElse(layer.kind().reason());
      if (reason.isEmpty()) {
        decomposable.add(layer.name());
      } else {
        others.put(layer.name(), reason);
      }
    }
    policy.check(decomposable, others);
  }

  private static LayerCandidates candidates(
      List<Layer> users,
      RankPolicy policy,
      LayerCost counts,
      DecompositionOptions options,
      KnownWeights known) {
    Layer layer = users.getFirst();
    if (layer.obstacle().isPresent()) {
      return LayerCandidates.dense(users, layer.obstacle().get());
    }
    try {
      RankChoice choice = policy.choose(new WeightOfLayer(layer, known));
      // A search would say that such a weight loses too much, which is not the reason.
      return choice instanceof RankChoice.KeepDense || Double.isFinite(layer.magnitude())
          ? LayerCandidates.of(users, choice, counts, options)
          : LayerCandidates.dense(users, "the weight holds NaN or infinite elements");
    } catch (LinearAlgebraException e) {
      return LayerCandidates.dense(users, String.valueOf(e.getMessage()));
    }
  }

  private static LayerDecision factorized(
      Layer layer, RankSearch.Chosen chosen, RankPolicy policy, KnownWeights known) {
    if (chosen.form().isEmpty()) {
      return LayerDecision.dense(layer, chosen.reason());
    }
    LayerForm form = chosen.form().get();
    try {
      Factorization factors =
          given(policy, layer, form)
              .map(own -> balanced(own, layer))
              .orElseGet(() -> known.factors(layer, form, () -> factorized(layer, form)));
      Replacement replacement =
          new Replacement(form, factors, Optional.empty(), OptionalDouble.empty());
      return new LayerDecision(layer, Optional.of(replacement), chosen.reason(), Optional.empty());
    } catch (LinearAlgebraException e) {
      return LayerDecision.dense(layer, String.valueOf(e.getMessage()));
    }
  }

  private static Factorization factorized(Layer layer, LayerForm form) {
    Factorization factors;
    try (Factorizer factorizer = layer.factorizer()) {
      factors = form.factorize(factorizer);
    }
    return balanced(factors, layer);
  }

  /// The factors in the type of the layer's weight.
  private static Factorization balanced(Factorization factors, Layer layer) {
    return factors.balanced(layer.data().orElseThrow().type(), layer.magnitude());
  }

  /// Factors that the policy has.
  private static Optional<Factorization> given(RankPolicy policy, Layer layer, LayerForm form) {
    TensorType weight = layer.data().orElseThrow().tensorType();
    Optional<RankChoice.Ranks> ranks =
        switch (form.choice()) {
          case RankChoice.Ranks own -> Optional.of(own);
          case RankChoice.SingularValues(int rank) ->
              Optional.of(new RankChoice.Ranks(layer.inputs(), rank));
          case RankChoice.Basis _,
              RankChoice.Terms _,
              RankChoice.Train _,
              RankChoice.Fraction _,
              RankChoice.Search _,
              RankChoice.KeepDense _ ->
              Optional.empty();
        };
    return layer.groups() == 1
        ? ranks.flatMap(own -> policy.factors(layer.name(), weight, own)).map(form::of)
        : Optional.empty();
  }

  private void publish(DecompositionPlan plan, PassContext context) {
    LayerCost cost = LayerCost.of(context);
    List<LayerReport> layers = new ArrayList<>();
    for (LayerDecision decision : plan.decisions()) {
      LayerReport report = report(decision, cost);
      layers.add(report);
      context.remark(
          decision.replacement().isPresent() ? Remark.Kind.APPLIED : Remark.Kind.MISSED,
          name(),
          report.location(),
          decision.reason());
    }
    context.publish(
        DecompositionReport.class,
        new DecompositionReport(plan.policy(), layers, context.report(NetworkFigures.class)));
  }

  private static LayerReport report(LayerDecision decision, LayerCost cost) {
    Layer layer = decision.layer();
    Optional<Replacement> replacement = decision.replacement();
    Op dense = layer.node().op();
    LayerFigures before = cost.figures(List.of(dense));
    LayerFigures after = replacement.map(r -> cost.figures(r.form(), layer)).orElse(before);
    if (decision.sharesWith().isPresent()) {
      long bias = LayerCost.biasElements(dense);
      before = before.withParameters(bias);
      after = after.withParameters(bias);
    }
    return new LayerReport(
        layer.node().location(),
        layer.name(),
        dense.name(),
        layer.weight().shape().extents(),
        replacement.map(r -> r.form().choice()),
        replacement.map(r -> r.form().name()).orElse(LayerReport.DENSE),
        before,
        after,
        replacement.map(r -> r.factors().relativeError()).orElse(0.0),
        replacement.map(Replacement::outputError).orElse(OptionalDouble.empty()),
        decision.reason());
  }
}
