package dev.tuckerc.ir.interpret;

/// How sums of products are accumulated. Every node's result is rounded to its element type either
/// way, and everything but convolution and matrix product is computed in float64 in both.
public enum Accumulation {
  /// Products and sums in float64: the oracle.
  DOUBLE,
  /// Floating-point convolutions and matrix products in float32 by native libraries: for whole data
  /// sets. Each sum of `k` products is off by about `sqrt(k) * 2^-24` of its terms' size.
  FAST
}
