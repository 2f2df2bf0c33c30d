package dev.tuckerc.ir.interpret;

import dev.tuckerc.ir.Node;
import dev.tuckerc.tensor.Tensor;

/// Told of every value that an [Interpreter] computes, in the graph's order.
@FunctionalInterface
public interface Observer {
  /// Ignores every value.
  Observer NONE = (node, value) -> {};

  /// Called once per node, constants included; for a region, once for each node of its body. The
  /// tensor must not be changed.
  void computed(Node node, Tensor value);
}
