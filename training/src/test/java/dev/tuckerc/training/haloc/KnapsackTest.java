package dev.tuckerc.training.haloc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class KnapsackTest {
  @Test
  void isWhatTryingEverythingFinds() {
    Random random = new Random(1);
    for (int round = 0; round < 50; round++) {
      int classes = 4;
      int choices = 4;
      double[][] values = new double[classes][choices];
      double[][] costs = new double[classes][choices];
      double least = 0;
      double most = 0;
      for (int i = 0; i < classes; i++) {
        double cheapest = Double.MAX_VALUE;
        for (int j = 0; j < choices; j++) {
          values[i][j] = random.nextGaussian();
          costs[i][j] = random.nextInt(1, 100);
          cheapest = Math.min(cheapest, costs[i][j]);
        }
        least += cheapest;
        most += 100;
      }
      // Costs that are whole parts of the budget are not rounded.
      double budget = 200 * Math.ceil((least + random.nextDouble() * (most - least)) / 200);
      int[] chosen = Knapsack.choose(values, costs, budget);
      double best = Double.NEGATIVE_INFINITY;
      for (int code = 0; code < Math.pow(choices, classes); code++) {
        double value = 0;
        double cost = 0;
        for (int i = 0, rest = code; i < classes; i++, rest /= choices) {
          value += values[i][rest % choices];
          cost += costs[i][rest % choices];
        }
        best = cost <= budget ? Math.max(best, value) : best;
      }
      double value = 0;
      double cost = 0;
      for (int i = 0; i < classes; i++) {
        value += values[i][chosen[i]];
        cost += costs[i][chosen[i]];
      }
      assertThat(value).isEqualTo(best);
      assertThat(cost).isLessThanOrEqualTo(budget);
    }
  }

  @Test
  void theCheapestIsTakenWhereNothingElseFits() {
    double[][] costs = {{1.00001, 3}, {2, 1.00001}};
    assertThat(Knapsack.choose(new double[][] {{0, 1}, {1, 0}}, costs, 2.00002))
        .containsExactly(0, 1);
  }
}
