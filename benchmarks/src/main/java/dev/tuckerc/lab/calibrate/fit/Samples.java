package dev.tuckerc.lab.calibrate.fit;

import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/// Repeated measurements of one quantity, in the order in which they were taken, and what can be
/// said of them when up to half are outliers.
///
/// @param values at least one, all finite
public record Samples(List<Double> values) {
  /// Fewer say too little of the spread.
  public static final int ENOUGH = 20;

  /// The middle four fifths of stable samples lie within this share of the median.
  public static final double STABLE_SPREAD = 0.1;

  public Samples {
    values = List.copyOf(values);
    if (values.isEmpty()) {
      throw new FitException("no samples");
    }
    for (double value : values) {
      if (!Double.isFinite(value)) {
        throw new FitException("a sample is " + value);
      }
    }
  }

  /// Samples of these values.
  public static Samples of(double... values) {
    return new Samples(Arrays.stream(values).boxed().toList());
  }

  /// Number of samples.
  public int count() {
    return values.size();
  }

  /// The middle value; of an even number of samples, the mean of the two in the middle.
  public double median() {
    return quantile(0.5);
  }

  /// The value that this share of the samples do not exceed, interpolated between neighbours.
  ///
  /// @param share from 0 to 1
  public double quantile(double share) {
    double[] sorted = sorted(values);
    double place = share * (sorted.length - 1);
    int below = (int) Math.floor(place);
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }

  /// Median of the distances from the median.
  public double medianDeviation() {
    double median = median();
    return map(value -> Math.abs(value - median)).median();
  }

  /// Distance from the tenth to the ninetieth percentile, as a share of the median; infinite for a
  /// median of zero with any distance.
  public double spread() {
    double distance = quantile(0.9) - quantile(0.1);
    return distance == 0 ? 0 : distance / Math.abs(median());
  }

  /// Whether there are enough of them and they agree.
  public boolean stable() {
    return count() >= ENOUGH && spread() <= STABLE_SPREAD;
  }

  /// The samples in another unit.
  public Samples map(DoubleUnaryOperator conversion) {
    return new Samples(values.stream().map(conversion::applyAsDouble).toList());
  }

  private static double[] sorted(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted;
  }
}
