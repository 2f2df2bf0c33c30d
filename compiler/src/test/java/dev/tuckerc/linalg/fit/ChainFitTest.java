package dev.tuckerc.linalg.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.linalg.Factorization;
import dev.tuckerc.linalg.Factorizer;
import dev.tuckerc.linalg.TuckerReference;
import dev.tuckerc.tensor.Tensor;
import org.junit.jupiter.api.Test;

/// The chains that are not of Tucker's kind: sums of terms, and coefficients of a basis.
class ChainFitTest {
  private static final int INPUTS = 6;
  private static final int OUTPUTS = 5;
  private static final int TAPS = 9;

  private final Tensor weight = TuckerReference.random(3, OUTPUTS, INPUTS, 3, 3);

  private Factorization terms(int count) {
    try (Factorizer factorizer = new Factorizer(weight, 1)) {
      return factorizer.canonical(count);
    }
  }

  private Factorization basis(int kernels) {
    try (Factorizer factorizer = new Factorizer(weight, 1)) {
      return factorizer.basis(kernels);
    }
  }

  @Test
  void asManyTermsAsTheWeightHasGiveItBack() {
    try (FitData data = FitData.of(weight, TAPS, 1, 1);
        TermsFit fit = new TermsFit(data.inputs(), weight, terms(30))) {
      fit.fit(data.outputs(), 4);
      assertThat(fit.lostShare(data.outputs())).isLessThan(1e-4);
      assertThat(fit.filled(terms(30)).relativeError()).isLessThan(1e-2);
      for (double bias : fit.bias()) {
        assertThat(bias).isCloseTo(FitData.BIAS, within(2e-2));
      }
    }
  }

  @Test
  void moreRoundsExplainMoreThanTheOutputsAlone() {
    Factorization start = terms(5);
    try (FitData data = FitData.of(weight, TAPS, 1, 2);
        TermsFit fit = new TermsFit(data.inputs(), weight, start)) {
      fit.fit(data.outputs(), 1);
      double once = fit.explained();
      double lostOnce = fit.lostShare(data.outputs());
      assertThat(lostOnce).isLessThan(data.lostBy(start.reconstruct().toDoubles(), OUTPUTS));
      double former = once;
      for (int round = 0; round < 8; round++) {
        fit.fit(data.outputs(), 2);
        assertThat(fit.explained()).isGreaterThanOrEqualTo(former * (1 - 1e-9));
        former = fit.explained();
      }
      assertThat(fit.lostShare(data.outputs())).isLessThan(0.95 * lostOnce);
    }
  }

  @Test
  void theLossIsThatOfTheFactorsOnTheData() {
    for (Factorization start : new Factorization[] {terms(6), basis(4)}) {
      try (FitData data = FitData.of(weight, TAPS, 1, 3);
          ChainFit fit =
              start.form().equals("B-A")
                  ? new BasisFit(data.inputs(), weight, start)
                  : new TermsFit(data.inputs(), weight, start)) {
        fit.fit(data.outputs(), 3);
        Factorization found = fit.filled(start);
        double[] map = found.reconstruct().toDoubles();
        assertThat(fit.lostShare(data.outputs()))
            .isCloseTo(data.lostBy(map, OUTPUTS), within(1e-6));
        assertThat(found.relativeError())
            .isCloseTo(TuckerReference.relativeError(weight, map), within(1e-9));
      }
    }
  }

  @Test
  void coefficientsAreTheRegressionOnTheirBasis() {
    try (FitData data = FitData.of(weight, TAPS, 1, 4)) {
      double former = 1;
      for (int kernels = 1; kernels <= TAPS; kernels++) {
        Factorization start = basis(kernels);
        try (BasisFit fit = new BasisFit(data.inputs(), weight, start)) {
          fit.fit(data.outputs(), 1);
          double lost = fit.lostShare(data.outputs());
          // No other coefficients of this basis do better: those of the weight do not, and a
          // basis that contains it does not do worse.
          assertThat(lost)
              .isLessThan(data.lostBy(start.reconstruct().toDoubles(), OUTPUTS) + 1e-6)
              .isLessThan(former + 1e-6);
          former = lost;
        }
      }
      assertThat(former).isLessThan(1e-6);
    }
  }

  @Test
  void termsThatAreNearlyParallelStayBounded() {
    // The weight is a limit of sums of two terms whose size grows without bound: a (x) a (x) b +
    // a (x) b (x) a + b (x) a (x) a.
    double[] values = new double[2 * 2 * 2];
    values[1] = 1;
    values[2] = 1;
    values[4] = 1;
    Tensor hard = Tensor.ofDoubles(java.util.List.of(2L, 2L, 2L), values);
    Factorization start;
    try (Factorizer factorizer = new Factorizer(hard, 1)) {
      start = factorizer.canonical(2);
    }
    try (FitData data = FitData.of(hard, 2, 0.5, 5);
        TermsFit fit = new TermsFit(data.inputs(), hard, start)) {
      fit.fit(data.outputs(), 50);
      for (double value : fit.filled(start).factors().getLast().weight().toDoubles()) {
        assertThat(Math.abs(value)).isLessThan(1e4);
      }
    }
  }
}
