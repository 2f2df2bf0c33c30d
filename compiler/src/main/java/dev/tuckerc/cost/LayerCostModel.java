package dev.tuckerc.cost;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Region;
import java.util.Optional;

/// Predicts what a convolution, or a region, costs, so that transforms can weigh one form of a
/// layer against another before any code exists.
@FunctionalInterface
public interface LayerCostModel {
  /// The best kernel for this convolution, its epilogue included, in a chain of dependent kernels.
  ///
  /// Only types and attributes are looked at: the operands need no definitions.
  ///
  /// @param convolution of known extents; its element types are those the kernel will have
  Estimate estimate(Convolution convolution);

  /// The best kernel for this region; empty where no single kernel computes it. A region of one
  /// node is that node's own kernel.
  ///
  /// Only types and attributes are looked at. Weights and biases of convolutions count as known at
  /// compile time, all other operands are read from memory. Without an implementation there are no
  /// kernels for regions.
  default Optional<Estimate> estimate(Region region) {
    return Optional.empty();
  }

  /// What the first kernel of a network takes longer than in a chain: it awaits the copies before
  /// it in full.
  default double startMicroseconds() {
    return 0;
  }

  /// The same model for the kernels of one network, whose weights may not all stay in the
  /// second-level cache from one run to the next.
  default LayerCostModel within(WorkingSet network) {
    return this;
  }
}
