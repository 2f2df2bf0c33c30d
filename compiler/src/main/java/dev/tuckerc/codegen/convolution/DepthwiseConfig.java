package dev.tuckerc.codegen.convolution;

/// The constants of a candidate of `conv.depthwise` that code outside the template needs; the
/// template documents them.
record DepthwiseConfig(int vector, int strip, int threads, long vectors, long count, int span) {}
