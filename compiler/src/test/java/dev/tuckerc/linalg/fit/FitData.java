package dev.tuckerc.linalg.fit;

import dev.tuckerc.tensor.Tensor;
import java.util.Arrays;
import java.util.Random;

/// Samples of a layer's input, what its weight makes of them, and the sums of both.
///
/// @param patches `[ROWS, taps * inputs]`
/// @param targets `[ROWS, outputs]`
record FitData(float[] patches, double[] targets, InputMoments inputs, TargetMoments outputs)
    implements AutoCloseable {
  static final int ROWS = 4000;

  /// Added to every output.
  static final double BIAS = 0.5;

  /// @param mix how much channels depend on each other
  static FitData of(Tensor dense, int taps, double mix, long seed) {
    int outputs = dense.dimension(0);
    int inputs = dense.dimension(1);
    int width = inputs * taps;
    Random random = new Random(seed);
    float[] patches = new float[ROWS * width];
    double[] targets = new double[ROWS * outputs];
    for (int row = 0; row < ROWS; row++) {
      double common = random.nextGaussian();
      for (int i = 0; i < width; i++) {
        patches[row * width + i] = (float) (random.nextGaussian() + mix * common + mix);
      }
      for (int o = 0; o < outputs; o++) {
        double sum = BIAS;
        for (int c = 0; c < inputs; c++) {
          for (int t = 0; t < taps; t++) {
            sum +=
                dense.getDouble((o * inputs + c) * taps + t)
                    * patches[row * width + t * inputs + c];
          }
        }
        targets[row * outputs + o] = sum;
      }
    }
    InputMoments in = new InputMoments(width);
    TargetMoments out = new TargetMoments(outputs, width);
    int half = ROWS / 2;
    try (InputMoments otherIn = new InputMoments(width);
        TargetMoments otherOut = new TargetMoments(outputs, width);
        PatchBlock first = new PatchBlock(patches, half, width);
        PatchBlock second =
            new PatchBlock(
                Arrays.copyOfRange(patches, half * width, ROWS * width), ROWS - half, width)) {
      in.add(first);
      out.add(first, Arrays.copyOf(targets, half * outputs));
      otherIn.add(second);
      otherOut.add(second, Arrays.copyOfRange(targets, half * outputs, ROWS * outputs));
      in.merge(otherIn);
      out.merge(otherOut);
    }
    return new FitData(patches, targets, in, out);
  }

  /// The share of the targets' variance that a weight loses, with the best bias.
  ///
  /// @param approximation `[outputs, inputs, taps]`
  double lostBy(double[] approximation, int outputs) {
    int width = patches.length / ROWS;
    int taps = 9;
    int inputs = width / taps;
    double[] lost = new double[outputs];
    double[] sums = new double[outputs];
    double[] means = new double[outputs];
    double[] squares = new double[outputs];
    for (int row = 0; row < ROWS; row++) {
      for (int o = 0; o < outputs; o++) {
        double difference = targets[row * outputs + o];
        means[o] += difference / ROWS;
        squares[o] += difference * difference;
        for (int c = 0; c < inputs; c++) {
          for (int t = 0; t < taps; t++) {
            difference -=
                approximation[(o * inputs + c) * taps + t] * patches[row * width + t * inputs + c];
          }
        }
        lost[o] += difference * difference;
        sums[o] += difference;
      }
    }
    double total = 0;
    double variance = 0;
    for (int o = 0; o < outputs; o++) {
      total += lost[o] - sums[o] * sums[o] / ROWS;
      variance += squares[o] - ROWS * means[o] * means[o];
    }
    return total / variance;
  }

  @Override
  public void close() {
    inputs.close();
    outputs.close();
  }
}
