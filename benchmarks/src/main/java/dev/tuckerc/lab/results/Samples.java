package dev.tuckerc.lab.results;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/// Repeated measurements of one quantity, in the order in which they were taken. Percentiles are
/// samples, by nearest rank, as they are for the peers.
///
/// @param values at least one, all finite
public record Samples(List<Double> values) {
  /// Fewer say too little of the spread.
  public static final int ENOUGH = 20;

  /// The middle four fifths of stable samples lie within this share of the median.
  private static final double STABLE_SPREAD = 0.1;

  public Samples {
    values = List.copyOf(values);
    if (values.isEmpty()) {
      throw new IllegalArgumentException("no samples");
    }
    for (double value : values) {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("a sample is " + value);
      }
    }
  }

  /// Samples of these values.
  public static Samples of(double... values) {
    return new Samples(Arrays.stream(values).boxed().toList());
  }

  /// The smallest sample that at least this share of all do not exceed.
  ///
  /// @param percent from 0 to 100
  public double percentile(int percent) {
    if (percent < 0 || percent > 100) {
      throw new IllegalArgumentException("percentile " + percent);
    }
    List<Double> sorted = values.stream().sorted().toList();
    int rank = (int) Math.ceil(percent / 100.0 * sorted.size());
    return sorted.get(Math.max(0, rank - 1));
  }

  /// The 50th percentile.
  public double median() {
    return percentile(50);
  }

  /// Distance from the tenth to the ninetieth percentile, as a share of the median; infinite for a
  /// median of zero with any distance.
  public double spread() {
    double distance = percentile(90) - percentile(10);
    return distance == 0 ? 0 : distance / Math.abs(median());
  }

  /// Whether there are enough of them and they agree.
  public boolean stable() {
    return values.size() >= ENOUGH && spread() <= STABLE_SPREAD;
  }

  /// The samples in another unit.
  public Samples map(DoubleUnaryOperator conversion) {
    return new Samples(values.stream().map(conversion::applyAsDouble).toList());
  }

  /// Writes min, p50, p90, p99, max and the raw samples in the order they were taken.
  public void addTo(ObjectNode node) {
    node.put("min", percentile(0));
    node.put("p50", median());
    node.put("p90", percentile(90));
    node.put("p99", percentile(99));
    node.put("max", percentile(100));
    ArrayNode raw = node.putArray("samples");
    // Four digits after the point are below what any clock here resolves.
    values.forEach(sample -> raw.add(Math.round(sample * 1e4) / 1e4));
  }
}
