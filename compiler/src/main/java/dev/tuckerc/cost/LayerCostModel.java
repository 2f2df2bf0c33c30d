package dev.tuckerc.cost;

import dev.tuckerc.ir.Convolution;

/// Predicts what a convolution costs, so that transforms can weigh one form of a layer against
/// another before any code exists.
@FunctionalInterface
public interface LayerCostModel {
  /// The best kernel for this convolution, its epilogue included, in a chain of dependent kernels.
  ///
  /// Only types and attributes are looked at: the operands need no definitions.
  ///
  /// @param convolution of known extents; its element types are those the kernel will have
  Estimate estimate(Convolution convolution);
}
