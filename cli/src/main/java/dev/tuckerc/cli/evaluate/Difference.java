package dev.tuckerc.cli.evaluate;

import dev.tuckerc.tensor.Tensor;

/// How far one model's outputs are from another's.
final class Difference {
  private double squares;
  private double expectedSquares;
  private double largest;
  private double least = Double.POSITIVE_INFINITY;
  private double most = Double.NEGATIVE_INFINITY;
  private long count;
  private long samples;
  private long agreeing;

  /// Notes the first samples of a batch.
  ///
  /// @param classes whether the outputs are scores of classes
  void add(Tensor actual, Tensor expected, int real, boolean classes) {
    int row = expected.size() / expected.dimension(0);
    for (int sample = 0; sample < real; sample++) {
      double[] a = new double[row];
      double[] e = new double[row];
      for (int i = 0; i < row; i++) {
        a[i] = actual.getDouble(sample * row + i);
        e[i] = expected.getDouble(sample * row + i);
        double difference = Math.abs(a[i] - e[i]);
        squares += difference * difference;
        expectedSquares += e[i] * e[i];
        largest = Math.max(largest, difference);
        least = Math.min(least, e[i]);
        most = Math.max(most, e[i]);
      }
      count += row;
      samples++;
      agreeing += classes && Ranking.best(a) == Ranking.best(e) ? 1 : 0;
    }
  }

  double agreement() {
    return (double) agreeing / samples;
  }

  long samples() {
    return samples;
  }

  /// Euclidean norm of the difference over that of what was expected.
  double relativeError() {
    return expectedSquares == 0 ? Math.sqrt(squares) : Math.sqrt(squares / expectedSquares);
  }

  double largestError() {
    return largest;
  }

  /// Peak signal-to-noise ratio in decibels, the peak being the range of what was expected.
  double peakSignalToNoise() {
    double range = most - least;
    return squares == 0
        ? Double.POSITIVE_INFINITY
        : 10 * Math.log10(range * range * count / squares);
  }
}
