package dev.tuckerc.training.haloc;

import java.util.Arrays;

/// The multiple-choice knapsack: one choice from every class, so that the sum of the values is
/// greatest while the sum of the costs keeps a budget. Solved by dynamic programming over costs
/// that are rounded up to a small part of the budget, so that the budget holds.
final class Knapsack {
  private static final int PARTS = 20_000;

  private Knapsack() {}

  /// @param values of every class's choices
  /// @param costs of the same, not negative
  /// @param budget at least the sum of the least costs
  /// @return the choice of every class; the cheapest of each where rounding leaves no other
  static int[] choose(double[][] values, double[][] costs, double budget) {
    int[][] rounded = new int[costs.length][];
    for (int i = 0; i < costs.length; i++) {
      rounded[i] = Arrays.stream(costs[i]).mapToInt(cost -> parts(cost, budget)).toArray();
    }
    double[] best = new double[PARTS + 1];
    int[][] taken = new int[costs.length][PARTS + 1];
    for (int i = 0; i < costs.length; i++) {
      double[] next = new double[PARTS + 1];
      Arrays.fill(next, Double.NEGATIVE_INFINITY);
      Arrays.fill(taken[i], -1);
      for (int choice = 0; choice < costs[i].length; choice++) {
        for (int left = rounded[i][choice]; left <= PARTS; left++) {
          double sum = best[left - rounded[i][choice]] + values[i][choice];
          if (sum > next[left]) {
            next[left] = sum;
            taken[i][left] = choice;
          }
        }
      }
      best = next;
    }
    int[] chosen = new int[costs.length];
    int left = PARTS;
    for (int i = costs.length - 1; i >= 0; i--) {
      chosen[i] = taken[i][left];
      if (chosen[i] < 0) {
        return cheapest(costs);
      }
      left -= rounded[i][chosen[i]];
    }
    return chosen;
  }

  private static int parts(double cost, double budget) {
    double share = budget > 0 ? cost / budget * PARTS : cost > 0 ? PARTS + 1.0 : 0;
    return (int) Math.min(PARTS + 1, Math.ceil(share - 1e-9));
  }

  private static int[] cheapest(double[][] costs) {
    int[] chosen = new int[costs.length];
    for (int i = 0; i < costs.length; i++) {
      for (int choice = 1; choice < costs[i].length; choice++) {
        if (costs[i][choice] < costs[i][chosen[i]]) {
          chosen[i] = choice;
        }
      }
    }
    return chosen;
  }
}
