package dev.tuckerc.transform.plan;

import dev.tuckerc.ir.Node;
import java.util.List;

/// One way to compute a layer.
///
/// @param steps nodes that take the layer's place one after the other: the first reads what the
///   layer reads, the last defines the layer's result, and nothing else reads what lies between.
///   Weights need a type only
/// @param error what the network loses with it; the errors of all layers add up. 0 where nothing is
///   lost
public record Alternative(List<Node> steps, double error) {
  public Alternative {
    steps = List.copyOf(steps);
    if (steps.isEmpty() || !(error >= 0)) {
      throw new IllegalArgumentException(steps.size() + " steps, error " + error);
    }
  }
}
