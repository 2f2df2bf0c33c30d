package dev.tuckerc.transform;

import java.util.Locale;

/// Element type of the activations and weights a model is compiled to.
public enum Precision {
  /// Strict single precision.
  FP32,
  /// Half precision storage and products, single precision accumulation and epilogues.
  FP16;

  /// Name on the command line.
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }
}
