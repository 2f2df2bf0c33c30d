package dev.tuckerc.transform.calibrate;

import dev.tuckerc.linalg.Factorization;
import dev.tuckerc.linalg.Factorization.Factor;
import dev.tuckerc.linalg.matrix.LinearAlgebraException;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.decompose.LayerDecision.Replacement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Mean and deviation of every output channel of a layer.
final class ChannelMoments {
  private double[] sums = new double[0];
  private double[] squares = new double[0];
  private long count;

  /// Adds a batch `[N, C, ...]`.
  ///
  /// @param batch of the network's inputs, whose real samples count
  /// @param channelsLast whether the channels are the last axis
  void add(Tensor values, CalibrationBatch batch, boolean channelsLast) {
    int channels = values.dimension(channelsLast ? values.rank() - 1 : 1);
    if (sums.length == 0) {
      sums = new double[channels];
      squares = new double[channels];
    }
    int images = values.dimension(0);
    int used = batch.realImages(images);
    int perImage = values.size() / images;
    int positions = perImage / channels;
    for (int i = 0; i < used * perImage; i++) {
      int channel = channelsLast ? i % channels : i / positions % channels;
      double value = values.getDouble(i);
      sums[channel] += value;
      squares[channel] += value * value;
    }
    count += (long) used * positions;
  }

  double mean(int channel) {
    return sums[channel] / count;
  }

  double deviation(int channel) {
    double mean = mean(channel);
    return Math.sqrt(Math.max(0, squares[channel] / count - mean * mean));
  }

  /// The replacement whose outputs have these moments instead of those they had.
  ///
  /// @param bias the layer's; empty where it has none
  /// @throws LinearAlgebraException when an output is NaN or infinite, or a number of the result
  ///   beyond the range of the type
  Replacement rescaled(
      ChannelMoments after, Replacement replacement, double[] bias, DataType type) {
    double[] newBias = new double[sums.length];
    double[] gains = new double[sums.length];
    for (int o = 0; o < gains.length; o++) {
      double deviation = after.deviation(o);
      gains[o] = deviation > 1e-12 * Math.abs(after.mean(o)) ? deviation(o) / deviation : 1;
      double own = bias.length == 0 ? 0 : bias[o];
      newBias[o] = mean(o) + gains[o] * (own - after.mean(o));
      if (!Double.isFinite(gains[o]) || !Double.isFinite(newBias[o])) {
        throw new LinearAlgebraException(
            "its output holds NaN or infinite numbers on the calibration data");
      }
    }
    Factorization factors = replacement.factors();
    List<Factor> scaled = new ArrayList<>(factors.factors());
    Factor last = scaled.getLast();
    double[] values = last.weight().toDoubles();
    int row = values.length / gains.length;
    for (int i = 0; i < values.length; i++) {
      values[i] *= gains[i / row];
    }
    scaled.set(
        scaled.size() - 1,
        last.with(FittedNumbers.rounded(last.weight().shape(), values, type, last.part())));
    return new Replacement(
        replacement.form(),
        factors.with(scaled, factors.relativeError()),
        Optional.of(FittedNumbers.bias(newBias, type)),
        replacement.outputError());
  }
}
