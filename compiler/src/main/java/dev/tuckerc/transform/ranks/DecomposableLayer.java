package dev.tuckerc.transform.ranks;

/// What a policy can learn of a layer that it may decompose.
public interface DecomposableLayer {
  /// Name of the ONNX node.
  String name();

  /// What it is.
  default LayerKind kind() {
    return LayerKind.SPATIAL;
  }

  /// Groups of channels that no output has in common.
  default int groups() {
    return 1;
  }

  /// Output channels of a group.
  int outputs();

  /// Input channels of a group.
  int inputs();

  /// Kernel taps.
  default int taps() {
    return 1;
  }

  /// Stride on the first spatial axis.
  default int stride() {
    return 1;
  }

  /// Squared singular values of the weight's unfolding on the output channels, descending.
  ///
  /// Computed when first asked for.
  double[] outputSpectrum();

  /// Squared singular values of the weight's unfolding on the input channels, descending.
  ///
  /// Computed when first asked for.
  double[] inputSpectrum();
}
