package dev.tuckerc.transform.plan;

import dev.tuckerc.ir.Node;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;

/// One alternative for every layer of a network.
///
/// @param choices the place of the chosen alternative among those of its layer
/// @param cost of all kernels together, cut from the network in the best way
/// @param error sum of those of the layers
/// @param gap how far what was to be least, the cost or the error, is from its optimum at most, as
///   a share of it: 0 where the plan is proven to be the optimum
public record NetworkPlan(Map<Node, Integer> choices, double cost, double error, double gap) {
  public NetworkPlan {
    choices = Collections.unmodifiableMap(new IdentityHashMap<>(choices));
  }

  /// The same plan with what a bound proves of it.
  ///
  /// @param value of what was to be least
  /// @param bound no plan within the limit has less
  NetworkPlan proven(double value, double bound) {
    return new NetworkPlan(
        choices, cost, error, value > 0 ? Math.max(0, value - Math.max(0, bound)) / value : 0);
  }
}
