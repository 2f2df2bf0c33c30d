package dev.tuckerc.transform.plan;

import dev.tuckerc.transform.plan.PlanForest.Kernel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Least cost of a forest for every error from 0 to a budget, in whole quanta, by dynamic
/// programming from the leaves up.
///
/// ```
/// from(s)[b]  = min over kernels k that begin with step s of
///               cost(k) + (what hangs off k + after(last step of k))[b - errors passed by k]
/// after(s)[b] = min of from(n)[b], n following s within its layer, and,
///               where s completes an alternative, (sum of all below the layer)[b - its error]
/// ```
///
/// A sum of tables is the best division of the budget. With exact errors in place of quanta, what
/// the tables give is the optimum; quanta are rounded up, so that no plan exceeds its budget.
final class PlanTables {
  private final PlanForest forest;
  private final int budget;
  private final int[] quanta;
  private final double[] charges;
  private final double[][] from;
  private final double[][] after;
  private final List<double[]> enter = new ArrayList<>();
  private final double[] zero;
  private final double[] never;
  private final boolean[] open;
  private final double[] least;

  /// @param budget quanta
  /// @param quanta error of the alternative that each step completes
  /// @param charges added to the cost of the alternative that each step completes; infinite forbids
  ///   it
  PlanTables(PlanForest forest, int budget, int[] quanta, double[] charges) {
    this.forest = forest;
    this.budget = budget;
    this.quanta = quanta;
    this.charges = charges;
    zero = new double[budget + 1];
    never = infinite();
    open = new boolean[forest.steps().size()];
    List<Step> steps = forest.steps();
    from = new double[steps.size()][];
    after = new double[steps.size()][];
    int position = steps.isEmpty() ? -1 : steps.getLast().position;
    for (int i = 0; i <= position; i++) {
      enter.add(zero);
    }
    for (Step step : steps.reversed()) {
      if (step.position < position) {
        enter.set(position, entered(position));
        position = step.position;
      }
      boolean may = isOpen(step);
      after[step.number] = may ? after(step) : never;
      from[step.number] = may ? from(step) : never;
    }
    if (position >= 0) {
      enter.set(position, entered(position));
    }
    least = sum(forest.roots());
  }

  /// Least cost for every budget; infinite where there is no plan.
  double[] least() {
    return least;
  }

  private double[] entered(int position) {
    List<Step> first = forest.first(position);
    if (first.isEmpty()) {
      return zero;
    }
    double[] best = infinite();
    first.forEach(step -> lower(best, from[step.number], 0, 0));
    return best;
  }

  /// Whether an alternative that may be taken goes through a step; most do not where a plan is
  /// given.
  private boolean isOpen(Step step) {
    boolean may =
        step.ends() && charges[step.number] < Double.POSITIVE_INFINITY
            || step.next.stream().anyMatch(next -> open[next.number]);
    open[step.number] = may;
    return may;
  }

  private double[] after(Step step) {
    double[] best = infinite();
    step.next.forEach(next -> lower(best, from[next.number], 0, 0));
    if (step.ends()) {
      double[] below = sum(forest.children(step.position));
      lower(best, below, charges[step.number], quanta[step.number]);
    }
    return best;
  }

  private double[] from(Step step) {
    double[] best = infinite();
    for (Kernel kernel : forest.kernels(step)) {
      double cost = cost(kernel);
      if (cost < Double.POSITIVE_INFINITY) {
        lower(best, rest(kernel), cost, error(kernel));
      }
    }
    return best;
  }

  /// Cost of a kernel, with the charges of the alternatives that it passes.
  private double cost(Kernel kernel) {
    double cost = kernel.cost();
    for (Step step : kernel.passed()) {
      cost += charges[step.number];
    }
    return cost;
  }

  private int error(Kernel kernel) {
    int error = 0;
    for (Step step : kernel.passed()) {
      error += quanta[step.number];
    }
    return error;
  }

  /// What follows a kernel: all below its last step, and what hangs off the layers it passes.
  private double[] rest(Kernel kernel) {
    double[] rest = after[kernel.last().number];
    for (int child : kernel.hanging()) {
      rest = plus(rest, enter.get(child));
    }
    return rest;
  }

  private double[] sum(List<Integer> positions) {
    double[] sum = zero;
    for (int position : positions) {
      sum = plus(sum, enter.get(position));
    }
    return sum;
  }

  /// The best division of every budget between two tables.
  private double[] plus(double[] a, double[] b) {
    if (a == zero || isConstant(b)) {
      return a == zero ? b : shifted(a, b[0]);
    }
    if (isConstant(a)) {
      return shifted(b, a[0]);
    }
    double[] sum = infinite();
    for (int i = 0; i <= budget; i++) {
      lower(sum, b, a[i], i);
    }
    return sum;
  }

  private static boolean isConstant(double[] table) {
    return table[0] == table[table.length - 1];
  }

  private static double[] shifted(double[] table, double cost) {
    // Of one entry where a plan is given, and then for each kernel of each step.
    double[] shifted = new double[table.length];
    for (int i = 0; i < table.length; i++) {
      shifted[i] = table[i] + cost;
    }
    return shifted;
  }

  private double[] infinite() {
    double[] table = new double[budget + 1];
    Arrays.fill(table, Double.POSITIVE_INFINITY);
    return table;
  }

  private static void lower(double[] best, double[] table, double cost, int error) {
    for (int b = error; b < best.length; b++) {
      best[b] = Math.min(best[b], table[b - error] + cost);
    }
  }

  /// The alternatives of a plan of least cost.
  ///
  /// @param wanted a budget for which there is one
  /// @return by position, one for each node that is no constant
  Map<Integer, Integer> choices(int wanted) {
    return new Choices().of(wanted);
  }

  /// Follows the tables back. Every comparison repeats the sum that made the entry, so it is exact.
  private final class Choices {
    private final Map<Integer, Integer> chosen = new TreeMap<>();
    private final ArrayDeque<Open> open = new ArrayDeque<>();

    /// A step from which a kernel is to begin.
    private record Open(Step step, int budget) {}

    Map<Integer, Integer> of(int wanted) {
      divide(forest.roots(), wanted);
      while (!open.isEmpty()) {
        Open next = open.removeLast();
        follow(next.step(), next.budget());
      }
      return chosen;
    }

    private void divide(List<Integer> positions, int wanted) {
      List<double[]> sums = new ArrayList<>(List.of(zero));
      for (int position : positions) {
        sums.add(plus(sums.getLast(), enter.get(position)));
      }
      int left = wanted;
      for (int i = positions.size() - 1; i >= 0; i--) {
        double[] own = enter.get(positions.get(i));
        int share = share(sums.get(i), own, sums.get(i + 1)[left], left);
        enter(positions.get(i), share);
        left -= share;
      }
    }

    /// The part of a budget that the second of two tables had in the sum.
    private int share(double[] a, double[] b, double sum, int wanted) {
      for (int part = 0; part <= wanted; part++) {
        if (a[wanted - part] + b[part] == sum || b[part] + a[wanted - part] == sum) {
          return part;
        }
      }
      throw new IllegalStateException("no division of the budget gives the sum");
    }

    private void enter(int position, int wanted) {
      for (Step step : forest.first(position)) {
        if (from[step.number][wanted] == enter.get(position)[wanted]) {
          open.add(new Open(step, wanted));
          return;
        }
      }
      throw new IllegalStateException("no step gives the cost of entering a node");
    }

    private void follow(Step step, int wanted) {
      for (Kernel kernel : forest.kernels(step)) {
        int left = wanted - error(kernel);
        if (left >= 0 && rest(kernel)[left] + cost(kernel) == from[step.number][wanted]) {
          take(kernel, left);
          return;
        }
      }
      throw new IllegalStateException("no kernel gives the cost of a step");
    }

    private void take(Kernel kernel, int wanted) {
      kernel.passed().forEach(step -> chosen.put(step.position, step.alternative));
      Step last = kernel.last();
      List<double[]> sums = new ArrayList<>(List.of(after[last.number]));
      List<Integer> hanging = kernel.hanging();
      hanging.forEach(child -> sums.add(plus(sums.getLast(), enter.get(child))));
      int left = wanted;
      for (int i = hanging.size() - 1; i >= 0; i--) {
        int share = share(sums.get(i), enter.get(hanging.get(i)), sums.get(i + 1)[left], left);
        enter(hanging.get(i), share);
        left -= share;
      }
      goOn(last, left);
    }

    private void goOn(Step last, int wanted) {
      for (Step next : last.next) {
        if (from[next.number][wanted] == after[last.number][wanted]) {
          open.add(new Open(next, wanted));
          return;
        }
      }
      chosen.put(last.position, last.alternative);
      divide(forest.children(last.position), wanted - quanta[last.number]);
    }
  }
}
