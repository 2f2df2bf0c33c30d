package dev.tuckerc.transform.ranks;

/// What a layer is to a decomposition.
public enum LayerKind {
  /// A convolution of several taps: Tucker-2 applies.
  SPATIAL(""),
  /// A 1x1 convolution.
  POINTWISE("1x1 kernel: the reduce step alone would be as wide; a ranks file may ask for an SVD"),
  /// A product with a constant matrix.
  PRODUCT("a matrix product: a ranks file may ask for an SVD"),
  /// A product with a constant matrix over all pixels of an image: a convolution whose window is
  /// the image (TDC treats VGG's first classifier layer so).
  FLATTENED("a matrix product over an image: a ranks file may ask for ranks"),
  /// A convolution whose groups have one input channel each.
  DEPTHWISE("depthwise"),
  /// A transposed convolution.
  TRANSPOSED("a transposed convolution: a ranks file may ask for ranks"),
  /// A convolution next to a narrower 1x1 convolution with nothing between: part of a chain that
  /// somebody factored before.
  FACTOR("already a factor of a chain: nothing stands between it and the next");

  private final String reason;

  LayerKind(String reason) {
    this.reason = reason;
  }

  /// Why a policy that is not told otherwise keeps it dense; empty where it does not.
  public String reason() {
    return reason;
  }
}
