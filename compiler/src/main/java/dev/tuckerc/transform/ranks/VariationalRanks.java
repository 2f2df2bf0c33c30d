package dev.tuckerc.transform.ranks;

/// The ranks that empirical variational Bayesian matrix factorization finds in the two unfoldings
/// of a weight, rounded up to the rank quantum (Nakajima, Sugiyama, Babacan and Tomioka, Global
/// Analytic Solution of Fully-observed Variational Bayesian Matrix Factorization, JMLR 14, 2013; as
/// a rank rule for Tucker-2: Kim et al., arXiv:1511.06530).
///
/// A singular value counts as signal where it lies above the threshold of the noise variance that
/// minimises the free energy, which is a function of one variable.
public record VariationalRanks() implements RankPolicy {
  private static final int SAMPLES = 200;
  private static final int NARROWINGS = 60;
  private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

  @Override
  public RankChoice choose(DecomposableLayer layer) {
    if (layer.kind() != LayerKind.SPATIAL) {
      return new RankChoice.KeepDense(layer.kind().reason());
    }
    int in = rank(layer.inputSpectrum(), layer.inputs(), (long) layer.outputs() * layer.taps());
    int out = rank(layer.outputSpectrum(), layer.outputs(), (long) layer.inputs() * layer.taps());
    return new RankChoice.Ranks(
        RankPolicy.quantized(in, layer.inputs()), RankPolicy.quantized(out, layer.outputs()));
  }

  /// The number of singular values that are signal.
  ///
  /// @param spectrum squared singular values of a matrix, descending
  /// @param rows,columns its extents
  static int rank(double[] spectrum, long rows, long columns) {
    long less = Math.min(rows, columns);
    long more = Math.max(rows, columns);
    int count = (int) Math.min(spectrum.length, less);
    double alpha = (double) less / more;
    // The least ratio of a signal's square to the noise, eq. (33): tau at the border is 2.5129
    // sqrt(alpha).
    double tau = 2.5129 * Math.sqrt(alpha);
    double border = (1 + tau) * (1 + alpha / tau);
    double total = 0;
    for (int h = 0; h < count; h++) {
      total += spectrum[h];
    }
    if (!(total > 0)) {
      return 0;
    }
    int largest = (int) Math.min(Math.ceil(less / (1 + alpha)) - 1, count) - 1;
    double rest = 0;
    for (int h = Math.max(largest + 1, 0); h < count; h++) {
      rest += spectrum[h];
    }
    int left = Math.max(1, count - Math.max(largest + 1, 0));
    double upper = total / (less * more);
    double first = largest + 1 < count ? spectrum[Math.max(largest + 1, 0)] : 0;
    double lower = Math.max(first / (more * border), rest / left / more);
    lower = Math.max(Math.min(lower, upper), upper * 1e-12);
    double variance = minimum(spectrum, count, alpha, more, border, lower, upper);
    int signal = 0;
    while (signal < count && spectrum[signal] > more * variance * border) {
      signal++;
    }
    return signal;
  }

  /// The noise variance of least free energy: the best of a logarithmic grid, then the golden
  /// section around it, as the energy may have several minima.
  private static double minimum(
      double[] spectrum,
      int count,
      double alpha,
      long more,
      double border,
      double lower,
      double upper) {
    double step = Math.log(upper / lower) / SAMPLES;
    double best = upper;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i <= SAMPLES; i++) {
      double variance = lower * Math.exp(i * step);
      double energy = freeEnergy(spectrum, count, alpha, more * variance, border);
      if (energy < least) {
        least = energy;
        best = variance;
      }
    }
    double low = Math.max(lower, best * Math.exp(-step));
    double high = Math.min(upper, best * Math.exp(step));
    for (int i = 0; i < NARROWINGS; i++) {
      double a = high - GOLDEN * (high - low);
      double b = low + GOLDEN * (high - low);
      boolean left =
          freeEnergy(spectrum, count, alpha, more * a, border)
              < freeEnergy(spectrum, count, alpha, more * b, border);
      low = left ? low : a;
      high = left ? b : high;
    }
    return (low + high) / 2;
  }

  /// Twice the free energy over the number of rows, up to a constant, eq. (35) there.
  ///
  /// @param noise variance times the greater extent
  private static double freeEnergy(
      double[] spectrum, int count, double alpha, double noise, double border) {
    double energy = 0;
    for (int h = 0; h < count; h++) {
      double x = spectrum[h] / noise;
      if (x > border) {
        double shifted = x - (1 + alpha);
        double tau = 0.5 * (shifted + Math.sqrt(shifted * shifted - 4 * alpha));
        energy += x - tau + Math.log((tau + 1) / x) + alpha * Math.log(tau / alpha + 1);
      } else {
        energy += x - Math.log(Math.max(x, Double.MIN_NORMAL));
      }
    }
    return energy;
  }

  @Override
  public String text() {
    return "vbmf";
  }
}
