package dev.tuckerc.ir.interpret;

/// Functions that `java.lang.Math` lacks, to about 1e-15 relative.
final class SpecialFunctions {
  private SpecialFunctions() {}

  /// The error function: Kummer's series `2/sqrt(pi) exp(-x^2) sum_n 2^n x^(2n+1)/(2n+1)!!`, whose
  /// terms are all of one sign, and beyond 3 the continued fraction of `1 - erf` (Abramowitz and
  /// Stegun, 7.1.6 and 7.1.14).
  static double erf(double x) {
    double a = Math.abs(x);
    if (Double.isNaN(x)) {
      return x;
    }
    if (a > 6) {
      return Math.copySign(1, x);
    }
    if (a > 3) {
      double fraction = 0;
      for (int k = 60; k >= 1; k--) {
        fraction = k / 2.0 / (a + fraction);
      }
      double complement = Math.exp(-a * a) / Math.sqrt(Math.PI) / (a + fraction);
      return Math.copySign(1 - complement, x);
    }
    double term = a;
    double sum = a;
    for (int n = 1; term > 1e-17 * sum; n++) {
      term *= 2 * a * a / (2 * n + 1);
      sum += term;
    }
    return Math.copySign(2 / Math.sqrt(Math.PI) * Math.exp(-a * a) * sum, x);
  }

  static double asinh(double x) {
    double a = Math.abs(x);
    double result =
        a > 1e150 ? Math.log(a) + Math.log(2) : Math.log1p(a + a * a / (1 + Math.sqrt(a * a + 1)));
    return Math.copySign(result, x);
  }

  static double acosh(double x) {
    if (x > 1e150) {
      return Math.log(x) + Math.log(2);
    }
    double above = x - 1;
    return Math.log1p(above + Math.sqrt(2 * above + above * above));
  }
}
