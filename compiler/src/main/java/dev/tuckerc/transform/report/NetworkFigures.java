package dev.tuckerc.transform.report;

import java.util.List;
import java.util.Map;

/// What a plan does to a network as a whole.
///
/// @param goal what the plan was to achieve
/// @param denseMicroseconds predicted time of a run when no layer is replaced
/// @param microseconds predicted time with the plan
/// @param error estimated relative error of the output: `sqrt(sum e^2)` over the layers
/// @param gap how far from the optimum among the candidates of the last round what was to be least,
///   the time or the error, may be, as a share of it: 0 where the plan is proven to be the best
/// @param tradeOff for growing errors, the least predicted time: pairs of error and microseconds;
///   empty where only the time counts
public record NetworkFigures(
    String goal,
    double denseMicroseconds,
    double microseconds,
    double error,
    double gap,
    List<Map.Entry<Double, Double>> tradeOff) {
  public NetworkFigures {
    tradeOff = List.copyOf(tradeOff);
  }

  /// The same plan with another predicted time.
  public NetworkFigures withMicroseconds(double other) {
    return new NetworkFigures(goal, denseMicroseconds, other, error, gap, tradeOff);
  }

  /// The plan that replaces nothing.
  public NetworkFigures dense() {
    return new NetworkFigures(goal, denseMicroseconds, denseMicroseconds, 0, 0, tradeOff);
  }
}
