package dev.tuckerc.cost;

/// Which of the published figures a cluster's exchange is charged by. They differ by a factor, and
/// until it is measured on the device a cluster is taken only where it wins under both.
public enum ClusterCost {
  /// The dearest: 0.51 to 0.65 us for a barrier on an H100 (revollllt/flash-vla).
  PESSIMISTIC,
  /// The cheapest: 0.18 us on a B300 (ademeure/QuickRunCUDA).
  OPTIMISTIC
}
