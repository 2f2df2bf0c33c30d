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
/// @param bound no plan within the same budget costs less
public record NetworkPlan(Map<Node, Integer> choices, double cost, double error, double bound) {
  public NetworkPlan {
    choices = Collections.unmodifiableMap(new IdentityHashMap<>(choices));
  }

  /// How far from the optimum the plan is at most, as a share of its cost: 0 where it is proven to
  /// be the optimum.
  public double gap() {
    return cost > 0 ? Math.max(0, cost - bound) / cost : 0;
  }
}
