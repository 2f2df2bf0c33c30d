package dev.tuckerc.cli.evaluate;

import dev.tuckerc.tensor.Tensor;
import java.util.OptionalDouble;

/// How far one model's outputs are from another's.
final class Difference {
  private double squares;
  private double expectedSquares;
  private double largest;
  private double least = Double.POSITIVE_INFINITY;
  private double most = Double.NEGATIVE_INFINITY;
  private long count;
  private long samples;
  private long scored;
  private long agreeing;

  /// Notes some samples.
  ///
  /// @param actual of which the first rows count; it may have more
  /// @param expected rows of the samples alone
  /// @param real number of samples; a model may make several rows of one, or one of several
  /// @param classes whether each row has the scores of classes for one sample
  void add(Tensor actual, Tensor expected, int real, boolean classes) {
    int rows = expected.dimension(0);
    int row = expected.size() / rows;
    samples += real;
    for (int sample = 0; sample < rows; sample++) {
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
      if (classes) {
        scored++;
        agreeing += Ranking.best(a) == Ranking.best(e) ? 1 : 0;
      }
    }
  }

  /// The share of samples that both models give the same class; empty where the outputs are no
  /// scores of classes.
  OptionalDouble agreement() {
    return scored == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) agreeing / scored);
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
