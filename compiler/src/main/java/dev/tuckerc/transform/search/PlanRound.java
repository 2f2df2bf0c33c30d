package dev.tuckerc.transform.search;

import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.layer.LayerForm;
import dev.tuckerc.transform.plan.Alternative;
import dev.tuckerc.transform.plan.KernelCosts;
import dev.tuckerc.transform.plan.NetworkPlan;
import dev.tuckerc.transform.plan.Planner;
import dev.tuckerc.transform.ranks.Goal;
import dev.tuckerc.transform.ranks.RankPolicyException;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;

/// One choice among given candidates of all layers. The first alternative of a layer is the layer
/// itself, the others are its forms.
final class PlanRound {
  /// Layers of which a message says why they stay dense.
  private static final int MOST_NAMED = 3;

  private final List<LayerCandidates> candidates;
  private final Goal goal;
  private final Planner planner;
  private final Map<Node, LayerCandidates> byNode = new IdentityHashMap<>();
  private final Map<LayerCandidates, List<Node>> nodes = new IdentityHashMap<>();

  /// The alternative that all layers of one weight have to take.
  private final Map<LayerCandidates, Integer> shared = new IdentityHashMap<>();

  PlanRound(
      CompiledGraph compiled,
      List<LayerCandidates> candidates,
      KernelCosts costs,
      Goal goal,
      LayerErrors errors) {
    this.candidates = candidates;
    this.goal = goal;
    Map<Node, List<Alternative>> alternatives = new IdentityHashMap<>();
    for (LayerCandidates layer : candidates) {
      List<Double> lost = layer.forms().stream().map(f -> errors.of(layer.layer(), f)).toList();
      for (Layer user : layer.users()) {
        compiled
            .node(user)
            .ifPresent(node -> {
              alternatives.put(node, alternatives(user, node, layer.forms(), lost, costs));
              byNode.put(node, layer);
              nodes.computeIfAbsent(layer, _ -> new ArrayList<>()).add(node);
            });
      }
    }
    // The planner asks for one kernel after the other; those of single nodes are known then.
    alternatives.values().stream()
        .flatMap(List::stream)
        .flatMap(alternative -> alternative.steps().stream())
        .toList()
        .parallelStream()
        .forEach(node -> costs.of(List.of(node), _ -> true));
    planner = new Planner(compiled.graph(), alternatives, costs);
  }

  private static List<Alternative> alternatives(
      Layer layer, Node node, List<LayerForm> forms, List<Double> errors, KernelCosts costs) {
    List<Alternative> alternatives = new ArrayList<>();
    alternatives.add(new Alternative(List.of(node), 0));
    for (int i = 0; i < forms.size(); i++) {
      List<Node> steps = steps(layer, node, forms.get(i));
      alternatives.add(new Alternative(asKernels(forms.get(i), steps, costs), errors.get(i)));
    }
    return alternatives;
  }

  /// The steps of a form, or the one operation that a later pass will make of them because it is
  /// faster.
  private static List<Node> asKernels(LayerForm form, List<Node> steps, KernelCosts costs) {
    if (costs == PlanCosts.MULTIPLY_ACCUMULATES) {
      return steps;
    }
    return form.together(steps.stream().map(Node::op).toList())
        .map(op -> List.of(new Node(op, steps.getLast().result(), steps.getLast().location())))
        .filter(one -> costs.of(one, _ -> false) < least(steps, costs))
        .orElse(steps);
  }

  /// The least of one kernel for each step and one kernel for all.
  private static double least(List<Node> steps, KernelCosts costs) {
    double apart = steps.stream().mapToDouble(step -> costs.of(List.of(step), _ -> false)).sum();
    return Math.min(apart, costs.of(steps, _ -> false));
  }

  /// The nodes of a form; values between them lie in memory as the layer's input does.
  private static List<Node> steps(Layer layer, Node node, LayerForm form) {
    Value input = form.reads(node) ? image(layer, node) : node.op().operands().getFirst();
    List<Value> results = new ArrayList<>();
    List<Op> operations =
        form.operations(
            node,
            input,
            (_, type) -> new Value("weight", type),
            (i, op) -> {
              TensorType type =
                  op instanceof Reshape
                      ? op.resultType()
                      : op.resultType().withLayout(input.type().layout());
              Value result = new Value(form.steps().get(i).part(), type);
              results.add(result);
              return result;
            });
    results.add(node.result());
    List<Node> steps = new ArrayList<>();
    for (int i = 0; i < operations.size(); i++) {
      steps.add(new Node(operations.get(i), results.get(i), node.location()));
    }
    return steps;
  }

  /// The image that a flattened layer reads, as convolutions store it.
  private static Value image(Layer layer, Node node) {
    Value rows = node.op().operands().getFirst();
    TensorType type = LayerForm.image(layer).type().withElementType(rows.type().elementType());
    return new Value("image", type.withLayout(Layout.NHWC));
  }

  /// The best plan.
  ///
  /// @throws RankPolicyException when there is none
  NetworkPlan plan() {
    for (LayerCandidates layer : candidates) {
      if (nodes.getOrDefault(layer, List.of()).size() > 1 && !layer.forms().isEmpty()) {
        share(layer);
      }
    }
    return best().orElseThrow(this::unreachable);
  }

  /// Chooses the one alternative of several layers, with the best of all others to each.
  private void share(LayerCandidates layer) {
    int chosen = 0;
    Optional<NetworkPlan> best = Optional.empty();
    for (int i = layer.keepsDense() ? 0 : 1; i <= layer.forms().size(); i++) {
      shared.put(layer, i);
      Optional<NetworkPlan> plan = best();
      if (plan.isPresent() && (best.isEmpty() || isBetter(plan.get(), best.get()))) {
        best = plan;
        chosen = i;
      }
    }
    shared.put(layer, chosen);
  }

  private boolean isBetter(NetworkPlan a, NetworkPlan b) {
    return goal.mostCost().isPresent()
        ? a.error() < b.error()
        : a.cost() < b.cost() || a.cost() == b.cost() && a.error() < b.error();
  }

  private Optional<NetworkPlan> best() {
    double budget = budget();
    OptionalDouble most = goal.mostCost();
    return most.isPresent()
        ? planner
            .mostExact(most.getAsDouble(), this::permitted)
            .filter(plan -> plan.error() <= budget)
        : planner.cheapest(budget, this::permitted);
  }

  private double budget() {
    return goal.maxError().isPresent()
        ? goal.maxError().getAsDouble() * goal.maxError().getAsDouble()
        : Double.POSITIVE_INFINITY;
  }

  private boolean permitted(Node node, int alternative) {
    LayerCandidates layer = candidates(node);
    Integer common = shared.get(layer);
    return (common == null || common == alternative) && (alternative > 0 || layer.keepsDense());
  }

  private LayerCandidates candidates(Node node) {
    return Objects.requireNonNull(byNode.get(node));
  }

  private RankPolicyException unreachable() {
    return new RankPolicyException(
        "no plan within the goal ("
            + goal
            + "): "
            + planner
                .cheapest(budget(), this::permitted)
                .map(this::fastest)
                .orElse("there is none at all")
            + "; allow more, or more layers");
  }

  /// What the plan of least cost reaches, and what keeps it from going further.
  private String fastest(NetworkPlan plan) {
    List<LayerCandidates> kept =
        candidates.stream().filter(layer -> chosen(plan, layer) == 0).toList();
    String dense =
        kept.stream()
            .filter(layer -> layer.forms().isEmpty())
            .limit(MOST_NAMED)
            .map(layer -> "'" + layer.layer().name() + "': " + layer.whyNone())
            .collect(Collectors.joining(", "));
    return String.format(
            Locale.ROOT,
            "the least that can be reached is %s (dense %s) at an error of %.3f, with %d of %d"
                + " layers decomposed",
            amount(plan.cost()),
            amount(dense().cost()),
            Math.sqrt(plan.error()),
            candidates.size() - kept.size(),
            candidates.size())
        + (dense.isEmpty() ? "" : " (dense by themselves: " + dense + ")");
  }

  private String amount(double cost) {
    return goal.countsMultiplyAccumulates()
        ? String.format(Locale.ROOT, "%.0f", cost)
        : String.format(Locale.ROOT, "%.1f us", cost);
  }

  /// The plan that leaves every layer dense.
  NetworkPlan dense() {
    Map<Node, Integer> choices = new IdentityHashMap<>();
    byNode.keySet().forEach(node -> choices.put(node, 0));
    return planner.evaluate(choices);
  }

  /// A plan of given choices.
  ///
  /// @param alternative of a layer: 0 where it stays dense
  NetworkPlan evaluate(ToIntFunction<LayerCandidates> alternative) {
    Map<Node, Integer> choices = new IdentityHashMap<>();
    for (LayerCandidates layer : candidates) {
      int chosen = alternative.applyAsInt(layer);
      nodes.getOrDefault(layer, List.of()).forEach(node -> choices.put(node, chosen));
    }
    return planner.evaluate(choices);
  }

  /// A plan with another alternative for a layer.
  NetworkPlan with(NetworkPlan plan, LayerCandidates layer, int alternative) {
    Map<Node, Integer> choices = new IdentityHashMap<>(plan.choices());
    nodes.getOrDefault(layer, List.of()).forEach(node -> choices.put(node, alternative));
    return planner.evaluate(choices);
  }

  /// The alternative of a layer in a plan: 0 where it stays dense.
  int chosen(NetworkPlan plan, LayerCandidates layer) {
    List<Node> own = nodes.getOrDefault(layer, List.of());
    return own.isEmpty() ? 0 : plan.choices().getOrDefault(own.getFirst(), 0);
  }

  /// Least cost for every error.
  List<Map.Entry<Double, Double>> tradeOff() {
    return planner.tradeOff(this::permitted);
  }

  List<LayerCandidates> candidates() {
    return candidates;
  }

  /// Whether two of a layer's alternatives can be told apart in this network.
  boolean isPlanned(LayerCandidates layer) {
    return nodes.containsKey(layer);
  }
}
