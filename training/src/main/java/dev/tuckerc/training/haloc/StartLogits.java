package dev.tuckerc.training.haloc;

import java.util.ArrayList;
import java.util.List;

/// Logits from which a search starts: a candidate is the less likely the more of the weight it
/// loses and the more it costs, `-LOSS_WEIGHT * lost - price * cost`, at the price at which the
/// expected cost is the target. Of all distributions with these expected losses and costs it is the
/// one of greatest entropy.
///
/// With equal logits the first epochs of a short search do nothing but drive the cost down, past
/// candidates of which little is known yet.
final class StartLogits {
  /// How many times less likely, as a logarithm, a candidate is that loses all of a weight than one
  /// that loses nothing and costs the same.
  private static final double LOSS_WEIGHT = 50;

  private static final int BISECTIONS = 60;

  private final SearchSpace space;
  private final List<double[]> lost;

  private StartLogits(SearchSpace space, List<double[]> lost) {
    this.space = space;
    this.lost = lost;
  }

  /// @param lost of each layer, for each candidate, the share of the weight's squared norm
  /// @param target of the whole model, at least the space's least cost
  /// @return of each layer, one for each candidate, the greatest 0
  static List<double[]> of(SearchSpace space, List<double[]> lost, double target) {
    StartLogits start = new StartLogits(space, lost);
    double low = 0;
    double high = 1 / target;
    // The price of the least cost itself would have no end.
    for (int i = 0; i < BISECTIONS && start.expectedCost(high) > target; i++) {
      high *= 2;
    }
    for (int i = 0; i < BISECTIONS; i++) {
      double middle = (low + high) / 2;
      if (start.expectedCost(middle) > target) {
        low = middle;
      } else {
        high = middle;
      }
    }
    List<double[]> logits = new ArrayList<>();
    for (int layer = 0; layer < lost.size(); layer++) {
      logits.add(start.logits(layer, high));
    }
    return logits;
  }

  private double[] logits(int layer, double price) {
    List<Candidate> candidates = space.layers().get(layer).candidates();
    double[] logits = new double[candidates.size()];
    double greatest = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < logits.length; c++) {
      logits[c] = -LOSS_WEIGHT * lost.get(layer)[c] - price * candidates.get(c).cost();
      greatest = Math.max(greatest, logits[c]);
    }
    for (int c = 0; c < logits.length; c++) {
      logits[c] -= greatest;
    }
    return logits;
  }

  private double expectedCost(double price) {
    double cost = space.fixedCost();
    for (int layer = 0; layer < lost.size(); layer++) {
      List<Candidate> candidates = space.layers().get(layer).candidates();
      double[] logits = logits(layer, price);
      double sum = 0;
      double weighted = 0;
      for (int c = 0; c < logits.length; c++) {
        double share = Math.exp(logits[c]);
        sum += share;
        weighted += share * candidates.get(c).cost();
      }
      cost += weighted / sum;
    }
    return cost;
  }
}
