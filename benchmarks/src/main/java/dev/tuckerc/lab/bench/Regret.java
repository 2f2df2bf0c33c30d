package dev.tuckerc.lab.bench;

import java.util.Collection;
import java.util.List;

/// What a choice made without measuring costs.
///
/// @param candidates measured
/// @param chosen time of the chosen one, in microseconds
/// @param best least time of all
/// @param bestRank place of the fastest in the order of predicted times, from 0
record Regret(int candidates, double chosen, double best, int bestRank) {

  /// @param measured times in the order of predicted times: the first is the chosen one's
  static Regret of(List<Double> measured) {
    int best = 0;
    for (int rank = 1; rank < measured.size(); rank++) {
      if (measured.get(rank) < measured.get(best)) {
        best = rank;
      }
    }
    return new Regret(measured.size(), measured.getFirst(), measured.get(best), best);
  }

  /// How much longer the choice takes than the best: 0 where it is the best.
  double share() {
    return chosen / best - 1;
  }

  /// Geometric mean of best over chosen: 1 where every choice is the best.
  static double attained(Collection<Regret> regrets) {
    if (regrets.isEmpty()) {
      throw new IllegalArgumentException("no regrets");
    }
    double sum = 0;
    for (Regret regret : regrets) {
      sum += Math.log(regret.best() / regret.chosen());
    }
    return Math.exp(sum / regrets.size());
  }
}
