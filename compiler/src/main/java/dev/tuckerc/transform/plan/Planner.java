package dev.tuckerc.transform.plan;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.BiPredicate;

/// Chooses an alternative for every layer of a network so that all kernels together cost least: a
/// kernel may compute the end of one layer and the beginning of the next, so no layer can be chosen
/// by itself.
///
/// Without a limit the plan is the optimum. With one, on the errors or on the cost, it is the
/// optimum for errors that are rounded up to a part of the range ([PlanTables]), or what a
/// Lagrangian multiplier finds, whichever is better; the multiplier also bounds the optimum from
/// below (Everett 1963).
///
/// Safe for use by several threads.
public final class Planner {
  /// Parts of a budget.
  private static final int PARTS = 2048;

  /// Narrowing of a Lagrangian multiplier.
  private static final int BISECTIONS = 24;

  /// Costs nearer than this share are equal.
  private static final double EQUAL = 1e-9;

  private final Graph graph;
  private final Map<Node, List<Alternative>> alternatives;
  private final PlanForest forest;

  /// @param graph as it will be when kernels are formed
  /// @param alternatives of some of its nodes; none of the others
  public Planner(Graph graph, Map<Node, List<Alternative>> alternatives, KernelCosts costs) {
    this.graph = graph;
    this.alternatives = new IdentityHashMap<>(alternatives);
    forest = new PlanForest(graph, alternatives, costs);
  }

  /// The plan of least cost.
  ///
  /// @param budget the most that the errors may add up to; may be infinite
  /// @param permitted which alternatives may be taken: layer and place among its alternatives
  /// @return empty where no plan keeps the budget
  public Optional<NetworkPlan> cheapest(double budget, BiPredicate<Node, Integer> permitted) {
    if (!(budget > 0)) {
      return exact((node, i) -> permitted.test(node, i) && error(node, i) == 0);
    }
    double most = mostError(permitted);
    PlanTables tables = tables(Math.min(budget, most), permitted, 0);
    double[] least = tables.least();
    double cost = least[least.length - 1];
    if (Double.isInfinite(cost)) {
      return Optional.empty();
    }
    int part = 0;
    while (least[part] > cost * (1 + EQUAL)) {
      part++;
    }
    NetworkPlan exact = plan(tables, part);
    return Optional.of(most < budget ? exact : bounded(exact, Limit.ON_ERROR, budget, permitted));
  }

  private Optional<NetworkPlan> exact(BiPredicate<Node, Integer> permitted) {
    PlanTables tables = tables(0, permitted, 0);
    double cost = tables.least()[0];
    return Double.isInfinite(cost) ? Optional.empty() : Optional.of(plan(tables, 0));
  }

  private double error(Node node, int alternative) {
    return Objects.requireNonNull(alternatives.get(node)).get(alternative).error();
  }

  /// The plan of least error.
  ///
  /// @param most cost
  /// @return empty where no plan costs so little
  public Optional<NetworkPlan> mostExact(double most, BiPredicate<Node, Integer> permitted) {
    double range = mostError(permitted);
    while (true) {
      PlanTables tables = tables(range, permitted, 0);
      double[] least = tables.least();
      int part = 0;
      while (part < least.length && least[part] > most * (1 + EQUAL)) {
        part++;
      }
      if (part == least.length) {
        return Optional.empty();
      }
      // What takes a small part of the range is looked for again in a range of its own.
      if (part == 0 || part > PARTS / 4) {
        return Optional.of(bounded(plan(tables, part), Limit.ON_COST, most, permitted));
      }
      range *= (part + 1.0) / PARTS;
    }
  }

  /// Cost and error of a given plan.
  ///
  /// @param choices one for each node that has alternatives
  public NetworkPlan evaluate(Map<Node, Integer> choices) {
    PlanTables tables = tables(0, (node, i) -> i.equals(choices.get(node)), 0);
    return plan(tables, 0);
  }

  /// The least cost for errors from none to the most there can be, one pair for each step of the
  /// staircase.
  public List<Map.Entry<Double, Double>> tradeOff(BiPredicate<Node, Integer> permitted) {
    double range = mostError(permitted);
    double[] least = tables(range, permitted, 0).least();
    List<Map.Entry<Double, Double>> steps = new ArrayList<>();
    for (int part = 0; part < least.length; part++) {
      boolean falls = part == 0 || least[part] < least[part - 1] * (1 - EQUAL);
      if (falls && !Double.isInfinite(least[part])) {
        steps.add(Map.entry(part * range / Math.max(1, least.length - 1), least[part]));
      }
    }
    return steps;
  }

  /// The greatest error that permitted alternatives can add up to when each is rounded up.
  private double mostError(BiPredicate<Node, Integer> permitted) {
    double sum = 0;
    for (Map.Entry<Node, List<Alternative>> layer : alternatives.entrySet()) {
      double most = 0;
      for (int i = 0; i < layer.getValue().size(); i++) {
        if (permitted.test(layer.getKey(), i)) {
          most = Math.max(most, layer.getValue().get(i).error());
        }
      }
      sum += most;
    }
    return sum * (1 + 2.0 * alternatives.size() / PARTS);
  }

  /// @param budget of errors; with none, errors are not looked at where a multiplier is given, and
  ///   must be charged by it
  /// @param multiplier cost of a unit of error
  private PlanTables tables(
      double budget, BiPredicate<Node, Integer> permitted, double multiplier) {
    int parts = budget > 0 ? PARTS : 0;
    int[] quanta = new int[forest.steps().size()];
    double[] charges = new double[quanta.length];
    for (Step step : forest.steps()) {
      if (!step.ends()) {
        continue;
      }
      Node node = graph.nodes().get(step.position);
      boolean within = parts == 0 || step.error <= budget * (1 + EQUAL);
      if (!within || alternatives.containsKey(node) && !permitted.test(node, step.alternative)) {
        charges[step.number] = Double.POSITIVE_INFINITY;
      } else {
        charges[step.number] = multiplier * step.error;
        quanta[step.number] =
            parts == 0 ? 0 : (int) Math.min(parts, Math.ceil(step.error / budget * parts - 1e-6));
      }
    }
    return new PlanTables(forest, parts, quanta, charges);
  }

  private NetworkPlan plan(PlanTables tables, int part) {
    Map<Node, Integer> choices = new IdentityHashMap<>();
    double error = 0;
    for (Map.Entry<Integer, Integer> choice : tables.choices(part).entrySet()) {
      Node node = graph.nodes().get(choice.getKey());
      List<Alternative> own = alternatives.get(node);
      if (own != null) {
        choices.put(node, choice.getValue());
        error += own.get(choice.getValue()).error();
      }
    }
    return new NetworkPlan(choices, tables.least()[part], error, 0);
  }

  /// Improves a plan within a limit, and proves how far it is from the optimum.
  ///
  /// With `least(m) = min over plans of (cost + m error)`, no plan whose errors keep a limit costs
  /// less than `least(m) - m limit`, and no plan whose cost keeps one errs less than `(least(m) -
  /// limit) / m`, whatever m. The minimum is itself a plan, and may be within the limit.
  private NetworkPlan bounded(
      NetworkPlan known, Limit kind, double limit, BiPredicate<Node, Integer> permitted) {
    if (kind.least(known) == 0) {
      return known;
    }
    NetworkPlan best = known;
    double bound = 0;
    double low = 0;
    OptionalDouble high = OptionalDouble.empty();
    double multiplier = kind == Limit.ON_ERROR ? 0 : known.cost() / known.error() / 64;
    for (int step = 0; step < BISECTIONS; step++) {
      NetworkPlan charged = plan(tables(0, permitted, multiplier), 0);
      NetworkPlan plan =
          new NetworkPlan(
              charged.choices(), charged.cost() - multiplier * charged.error(), charged.error(), 0);
      bound = Math.max(bound, kind.bound(charged.cost(), multiplier, limit));
      boolean keeps = kind.limited(plan) <= limit;
      if (keeps && kind.least(plan) < kind.least(best) * (1 - EQUAL)) {
        best = plan;
      }
      // A greater multiplier gives less error at more cost.
      if (keeps == (kind == Limit.ON_ERROR)) {
        high = OptionalDouble.of(multiplier);
      } else {
        low = multiplier;
      }
      if (high.isPresent() && high.getAsDouble() == 0) {
        break;
      }
      multiplier =
          high.isPresent()
              ? (low + high.getAsDouble()) / 2
              : low == 0 ? known.cost() / limit / 64 : low * 4;
    }
    return best.proven(kind.least(best), bound);
  }

  /// What a limit is on; the other is to be least.
  private enum Limit {
    ON_ERROR {
      @Override
      double limited(NetworkPlan plan) {
        return plan.error();
      }

      @Override
      double least(NetworkPlan plan) {
        return plan.cost();
      }

      @Override
      double bound(double charged, double multiplier, double limit) {
        return charged - multiplier * limit;
      }
    },
    ON_COST {
      @Override
      double limited(NetworkPlan plan) {
        return plan.cost();
      }

      @Override
      double least(NetworkPlan plan) {
        return plan.error();
      }

      @Override
      double bound(double charged, double multiplier, double limit) {
        return (charged - limit) / multiplier;
      }
    };

    abstract double limited(NetworkPlan plan);

    abstract double least(NetworkPlan plan);

    abstract double bound(double charged, double multiplier, double limit);
  }
}
