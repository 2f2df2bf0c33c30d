package dev.tuckerc.linalg.fit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ResponseMomentsTest {
  private static final int CHANNELS = 5;
  private static final int TAPS = 3;
  private static final int OUTPUTS = 4;
  private static final int ROWS = 700;

  private static Tensor weight() {
    Random random = new Random(2);
    Tensor weight =
        Tensor.zeros(DataType.F32, List.of((long) OUTPUTS, (long) CHANNELS, (long) TAPS));
    for (int i = 0; i < weight.size(); i++) {
      weight.setDouble(i, random.nextGaussian());
    }
    return weight;
  }

  /// Samples that differ by so much of themselves.
  private static ResponseMoments moments(double varies) {
    Random random = new Random(3);
    float[] patches = new float[ROWS * TAPS * CHANNELS];
    for (int i = 0; i < patches.length; i++) {
      double level = 0.3 + 1.1 * (i % (TAPS * CHANNELS));
      patches[i] = (float) (level * (1 + varies * random.nextGaussian()));
    }
    double[] responses = new double[ROWS * OUTPUTS];
    for (int i = 0; i < responses.length; i++) {
      responses[i] = (0.7 + i % OUTPUTS / 3.0) * (1 + varies * random.nextGaussian());
    }
    ResponseMoments moments = new ResponseMoments(CHANNELS, TAPS, OUTPUTS);
    try (PatchBlock block = new PatchBlock(patches, ROWS, TAPS * CHANNELS)) {
      moments.add(block, responses);
    }
    return moments;
  }

  /// What sums of squares round is no variance, and no mode of the weight has a part in it.
  @Test
  void whatIsConstantHasNoVariance() {
    try (ResponseMoments moments = moments(0)) {
      assertThat(moments.outputSpectrum()).containsOnly(0);
      assertThat(moments.inputSpectrum(weight())).containsOnly(0);
      assertThat(moments.kernelSpectrum(weight())).containsOnly(0);
      assertThat(moments.inChannelNorm(weight()).magnitude()).isZero();
    }
  }

  @Test
  void aSmallVarianceIsOne() {
    try (ResponseMoments moments = moments(1e-4)) {
      assertThat(moments.outputSpectrum()[OUTPUTS - 1]).isPositive();
      assertThat(moments.inputSpectrum(weight())[CHANNELS - 1]).isPositive();
      assertThat(moments.kernelSpectrum(weight())[TAPS - 1]).isPositive();
      assertThat(moments.inChannelNorm(weight()).magnitude()).isPositive();
    }
  }
}
