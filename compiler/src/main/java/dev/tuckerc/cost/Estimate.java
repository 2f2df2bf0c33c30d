package dev.tuckerc.cost;

import java.util.Locale;

/// Predicted time of one kernel in a chain of dependent kernels, in microseconds, by cause.
///
/// @param edge from the end of the predecessor to the start of this kernel
/// @param firstLoad from the start to the first data
/// @param fill moving data to the multiprocessors
/// @param compute arithmetic
/// @param overlap the part of the smaller of fill and compute that is not hidden by the other
/// @param reduction partial sums across warps and blocks
/// @param store last results to memory
/// @param blocks thread blocks launched
/// @param waves how many times the device is filled with blocks
public record Estimate(
    double edge,
    double firstLoad,
    double fill,
    double compute,
    double overlap,
    double reduction,
    double store,
    long blocks,
    double waves) {

  /// Predicted time in microseconds.
  public double microseconds() {
    return edge + firstLoad + Math.max(fill, compute) + overlap + reduction + store;
  }

  /// What takes most of the time that a choice of parameters can change.
  public String bound() {
    double work = Math.max(fill, compute);
    if (work < edge + firstLoad + store) {
      return "latency";
    }
    return fill > compute ? "memory" : "compute";
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%.2f us (%s bound: edge %.2f, first load %.2f, fill %.2f, compute %.2f, reduction %.2f, "
            + "store %.2f; %d blocks, %.2f waves)",
        microseconds(),
        bound(),
        edge,
        firstLoad,
        fill,
        compute,
        reduction,
        store,
        blocks,
        waves);
  }
}
