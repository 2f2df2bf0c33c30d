package dev.tuckerc.transform.plan;

import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import java.util.List;
import java.util.function.Predicate;

/// What one kernel costs. Safe for use by several threads.
@FunctionalInterface
public interface KernelCosts {
  /// Cost of one kernel for some nodes, each of which works on the result of the one before.
  ///
  /// @param stored whether a value is read outside; that of the last node always is stored
  /// @return infinite where no kernel computes them; 0 for a single node of unknown cost
  double of(List<Node> stages, Predicate<Value> stored);

  /// What the first kernel of the network costs more than in a chain of kernels.
  default double start() {
    return 0;
  }
}
