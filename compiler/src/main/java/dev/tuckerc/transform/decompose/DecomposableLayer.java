package dev.tuckerc.transform.decompose;

/// What a policy can learn of a convolution that it may decompose.
public interface DecomposableLayer {
  /// Name of the ONNX node.
  String name();

  /// Output channels.
  int outputs();

  /// Input channels.
  int inputs();

  /// Squared singular values of the weight's unfolding on the output channels, descending.
  ///
  /// Computed when first asked for.
  double[] outputSpectrum();

  /// Squared singular values of the weight's unfolding on the input channels, descending.
  ///
  /// Computed when first asked for.
  double[] inputSpectrum();
}
