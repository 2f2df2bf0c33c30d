package dev.tuckerc.ir.interpret;

import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.LocalResponseNormalization;
import dev.tuckerc.tensor.Tensor;
import java.util.List;

/// Normalisations over channels, in float64.
final class Normalizations {
  private Normalizations() {}

  /// `scale[c] * (x - mean[c]) / sqrt(variance[c] + epsilon) + bias[c]`
  static Tensor batch(BatchNormalization norm, List<Tensor> operands) {
    Tensor x = operands.getFirst();
    double[] scale = operands.get(1).toDoubles();
    double[] bias = operands.get(2).toDoubles();
    double[] mean = operands.get(3).toDoubles();
    double[] variance = operands.get(4).toDoubles();
    double[] values = x.toDoubles();
    int channels = x.dimension(1);
    int inner = Elements.product(x.shape(), 2, x.rank());
    for (int row = 0; row < x.dimension(0) * channels; row++) {
      int c = row % channels;
      double factor = scale[c] / Math.sqrt(variance[c] + norm.epsilon());
      for (int i = row * inner; i < (row + 1) * inner; i++) {
        values[i] = (values[i] - mean[c]) * factor + bias[c];
      }
    }
    return Elements.ofDoubles(x.type(), x.shape(), values);
  }

  /// `x / (bias + alpha/size * sum x^2)^beta`, the sum over neighbouring channels.
  static Tensor localResponse(LocalResponseNormalization norm, Tensor x) {
    int channels = x.dimension(1);
    int inner = Elements.product(x.shape(), 2, x.rank());
    int before = Math.toIntExact((norm.size() - 1) / 2);
    int after = Math.toIntExact(norm.size() - 1 - before);
    double[] values = x.toDoubles();
    double[] y = new double[values.length];
    for (int image = 0; image < x.dimension(0); image++) {
      for (int c = 0; c < channels; c++) {
        for (int i = 0; i < inner; i++) {
          double squares = 0;
          for (int k = Math.max(0, c - before); k <= Math.min(channels - 1, c + after); k++) {
            double value = values[(image * channels + k) * inner + i];
            squares += value * value;
          }
          int at = (image * channels + c) * inner + i;
          y[at] =
              values[at]
                  / Math.pow(norm.bias() + norm.alpha() / norm.size() * squares, norm.beta());
        }
      }
    }
    return Elements.ofDoubles(x.type(), x.shape(), y);
  }
}
