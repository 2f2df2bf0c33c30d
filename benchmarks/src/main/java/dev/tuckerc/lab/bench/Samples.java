package dev.tuckerc.lab.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;

/// Times in microseconds, at least one.
public final class Samples {
  private final double[] inOrder;
  private final double[] sorted;

  /// @param microseconds in the order they were taken; finite
  public Samples(double[] microseconds) {
    if (microseconds.length == 0) {
      throw new IllegalArgumentException("no samples");
    }
    for (double sample : microseconds) {
      if (!Double.isFinite(sample)) {
        throw new IllegalArgumentException("a sample of " + sample);
      }
    }
    inOrder = microseconds.clone();
    sorted = microseconds.clone();
    Arrays.sort(sorted);
  }

  /// Number of samples.
  public int count() {
    return sorted.length;
  }

  /// The least.
  public double min() {
    return sorted[0];
  }

  /// The most.
  public double max() {
    return sorted[sorted.length - 1];
  }

  /// The smallest sample that at least this share of all do not exceed.
  ///
  /// @param percent from 0 to 100
  public double percentile(int percent) {
    if (percent < 0 || percent > 100) {
      throw new IllegalArgumentException("percentile " + percent);
    }
    int rank = (int) Math.ceil(percent / 100.0 * sorted.length);
    return sorted[Math.max(0, rank - 1)];
  }

  /// The 50th percentile.
  public double median() {
    return percentile(50);
  }

  /// Writes min, p50, p90, p99, max and the raw samples in the order they were taken.
  void addTo(ObjectNode node) {
    node.put("min", min());
    node.put("p50", median());
    node.put("p90", percentile(90));
    node.put("p99", percentile(99));
    node.put("max", max());
    ArrayNode raw = node.putArray("samples");
    for (double sample : inOrder) {
      raw.add(sample);
    }
  }
}
