package dev.tuckerc.cli.evaluate;

import dev.tuckerc.tensor.Tensor;

/// How often the right class is among the first.
final class Ranking {
  private long samples;
  private long first;
  private long firstFive;

  /// Whether a tensor can be scores of classes, one row for each sample.
  static boolean scores(Tensor output, int batch) {
    return output.rank() >= 2
        && output.dimension(0) == batch
        && output.size() / batch >= 2
        && output.shape().subList(1, output.rank()).stream().filter(e -> e > 1).count() == 1;
  }

  /// Notes one sample. A score that is no number is the worst; of equal scores the earlier class
  /// goes first.
  void add(double[] scores, int label) {
    samples++;
    int before = 0;
    double own = value(scores, label);
    for (int other = 0; other < scores.length; other++) {
      double score = value(scores, other);
      if (score > own || score == own && other < label) {
        before++;
      }
    }
    first += before < 1 ? 1 : 0;
    firstFive += before < 5 ? 1 : 0;
  }

  private static double value(double[] scores, int index) {
    return Double.isNaN(scores[index]) ? Double.NEGATIVE_INFINITY : scores[index];
  }

  /// The class with the highest score.
  static int best(double[] scores) {
    int best = 0;
    for (int i = 1; i < scores.length; i++) {
      if (value(scores, i) > value(scores, best)) {
        best = i;
      }
    }
    return best;
  }

  long samples() {
    return samples;
  }

  double top1() {
    return (double) first / samples;
  }

  double top5() {
    return (double) firstFive / samples;
  }

  /// Half the width of the 95 % interval of a share, and its centre (Wilson 1927).
  static double[] interval(double share, long samples) {
    double z = 1.959963984540054;
    double n = samples;
    double centre = (share + z * z / (2 * n)) / (1 + z * z / n);
    double half = z / (1 + z * z / n) * Math.sqrt(share * (1 - share) / n + z * z / (4 * n * n));
    return new double[] {centre - half, centre + half};
  }
}
