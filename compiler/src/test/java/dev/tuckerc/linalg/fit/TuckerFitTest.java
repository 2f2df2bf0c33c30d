package dev.tuckerc.linalg.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.linalg.Tucker2;
import dev.tuckerc.linalg.TuckerDecomposer;
import dev.tuckerc.linalg.TuckerReference;
import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TuckerFitTest {
  private static final int INPUTS = 6;
  private static final int OUTPUTS = 5;
  private static final int TAPS = 9;
  private static final int WIDTH = INPUTS * TAPS;
  private static final int ROWS = FitData.ROWS;

  private final Tensor weight = TuckerReference.random(3, OUTPUTS, INPUTS, 3, 3);

  @Test
  void fullRanksGiveTheWeightBack() {
    try (FitData data = FitData.of(weight, TAPS, 1, 1);
        TuckerFit fit = new TuckerFit(data.inputs(), weight, INPUTS, OUTPUTS)) {
      fit.fit(data.outputs(), 1);
      Tucker2 factors = fit.factors();
      assertThat(factors.relativeError()).isLessThan(1e-6);
      assertThat(TuckerReference.relativeError(weight, TuckerReference.reconstruct(factors)))
          .isLessThan(1e-6);
      for (double bias : fit.bias()) {
        assertThat(bias).isCloseTo(0.5, within(1e-4));
      }
    }
  }

  @Test
  void onlyWhitenedInputsMakeItTheDecompositionOfTheWeight() {
    Tucker2 plain;
    try (TuckerDecomposer decomposer = new TuckerDecomposer(weight)) {
      plain = decomposer.decompose(3, 3);
    }
    try (FitData data = FitData.of(weight, TAPS, 0, 2);
        TuckerFit fit = new TuckerFit(data.inputs(), weight, 3, 3)) {
      fit.fit(data.outputs(), 30);
      // Independent inputs of one variance, up to sampling.
      assertThat(fit.factors().relativeError()).isCloseTo(plain.relativeError(), within(0.02));
    }
  }

  @Test
  void theExplainedEnergyNeverFallsAndTheLossIsThatOfTheData() {
    try (FitData data = FitData.of(weight, TAPS, 1, 3);
        TuckerFit fit = new TuckerFit(data.inputs(), weight, 3, 2)) {
      double former = 0;
      for (int round = 0; round < 12; round++) {
        fit.fit(data.outputs(), round == 0 ? 1 : 2);
        assertThat(fit.explained()).isGreaterThanOrEqualTo(former * (1 - 1e-9));
        former = fit.explained();
      }
      double[] prediction;
      try (PatchBlock all = new PatchBlock(data.patches(), ROWS, WIDTH)) {
        prediction = fit.predict(all);
      }
      double lost = 0;
      double[] mean = new double[OUTPUTS];
      double squares = 0;
      for (int i = 0; i < prediction.length; i++) {
        double wanted = data.targets()[i];
        lost += (prediction[i] - wanted) * (prediction[i] - wanted);
        squares += wanted * wanted;
        mean[i % OUTPUTS] += wanted / ROWS;
      }
      for (double m : mean) {
        squares -= ROWS * m * m;
      }
      assertThat(fit.lostShare(data.outputs())).isCloseTo(lost / squares, within(1e-6));
      // The factors compute the prediction.
      double[] approximation = TuckerReference.reconstruct(fit.factors());
      double[] bias = fit.bias();
      for (int row = 0; row < 10; row++) {
        for (int o = 0; o < OUTPUTS; o++) {
          double sum = bias[o];
          for (int c = 0; c < INPUTS; c++) {
            for (int t = 0; t < TAPS; t++) {
              sum +=
                  approximation[(o * INPUTS + c) * TAPS + t]
                      * data.patches()[row * WIDTH + t * INPUTS + c];
            }
          }
          assertThat(prediction[row * OUTPUTS + o]).isCloseTo(sum, within(1e-4));
        }
      }
    }
  }

  @Test
  void theLossNeverRisesWithARankAndIsBelowThatOfTheWeightsFactors() {
    try (FitData data = FitData.of(weight, TAPS, 1, 4)) {
      double[][] losses = new double[INPUTS + 1][OUTPUTS + 1];
      for (int in = 1; in <= INPUTS; in++) {
        for (int out = 1; out <= OUTPUTS; out++) {
          try (TuckerFit fit = new TuckerFit(data.inputs(), weight, in, out)) {
            fit.fit(data.outputs(), 20);
            losses[in][out] = fit.lostShare(data.outputs());
            if (in > 1) {
              assertThat(losses[in][out]).isLessThan(losses[in - 1][out] + 1e-3);
            }
            if (out > 1) {
              assertThat(losses[in][out]).isLessThan(losses[in][out - 1] + 1e-3);
            }
          }
        }
      }
      assertThat(losses[INPUTS][OUTPUTS]).isLessThan(1e-6);
      assertThat(losses[3][3]).isLessThan(0.8 * lostByWeights(data, 3, 3));
    }
  }

  private double lostByWeights(FitData data, int in, int out) {
    try (TuckerDecomposer decomposer = new TuckerDecomposer(weight)) {
      return data.lostBy(TuckerReference.reconstruct(decomposer.decompose(out, in)), OUTPUTS);
    }
  }

  @Test
  void oneTapIsASingularValueDecompositionInTheNormOfTheData() {
    Tensor matrix = TuckerReference.random(7, 8, 6);
    try (FitData data = FitData.of(matrix, 1, 1, 5)) {
      double former = 1;
      for (int rank = 1; rank <= 6; rank++) {
        try (TuckerFit fit = new TuckerFit(data.inputs(), matrix, 6, rank)) {
          fit.fit(data.outputs(), 1);
          double once = fit.lostShare(data.outputs());
          fit.fit(data.outputs(), 5);
          // A single step is the optimum.
          assertThat(fit.lostShare(data.outputs())).isCloseTo(once, within(1e-9));
          assertThat(once).isLessThan(former + 1e-9);
          former = once;
        }
      }
      assertThat(former).isLessThan(1e-6);
    }
  }

  @Test
  void ofConstantDataTheWeightIsKeptAndTheBiasIsFitted() {
    for (float level : new float[] {0, 0.3f, 1e6f}) {
      float[] patches = new float[10 * WIDTH];
      Arrays.fill(patches, level);
      double[] wanted = new double[10 * OUTPUTS];
      Arrays.setAll(wanted, i -> i % OUTPUTS - 1.5);
      try (InputMoments constant = new InputMoments(WIDTH);
          TargetMoments targets = new TargetMoments(OUTPUTS, WIDTH);
          PatchBlock block = new PatchBlock(patches, 10, WIDTH)) {
        constant.add(block);
        targets.add(block, wanted);
        try (TuckerFit fit = new TuckerFit(constant, weight, 2, 2);
            TuckerDecomposer decomposer = new TuckerDecomposer(weight)) {
          fit.fit(targets, 4);
          assertThat(fit.isConstant()).isTrue();
          assertThat(fit.factors().relativeError())
              .isLessThan(1.001 * decomposer.decompose(2, 2).relativeError());
          double[] predicted = fit.predict(block);
          for (int i = 0; i < predicted.length; i++) {
            assertThat(predicted[i]).isCloseTo(wanted[i], within(1e-12 * (1 + level)));
          }
          wanted[3] = Double.POSITIVE_INFINITY;
          targets.add(block, wanted);
          assertThatThrownBy(() -> fit.fit(targets, 4))
              .isInstanceOf(LinearAlgebraException.class)
              .hasMessageContaining("its output holds NaN");
        }
      }
    }
  }

  @Test
  void dataWithNaNIsRefused() {
    float[] patches = new float[10 * WIDTH];
    patches[5] = Float.NaN;
    try (InputMoments moments = new InputMoments(WIDTH);
        PatchBlock block = new PatchBlock(patches, 10, WIDTH)) {
      moments.add(block);
      assertThatThrownBy(() -> new TuckerFit(moments, weight, 2, 2))
          .isInstanceOf(LinearAlgebraException.class)
          .hasMessageContaining("NaN");
    }
  }
}
