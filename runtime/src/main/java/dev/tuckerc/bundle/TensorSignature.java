package dev.tuckerc.bundle;

import java.util.List;

/// An input or output of a bundle's entry point.
///
/// @param name as in the model
/// @param type element type
/// @param shape extents, all fixed; empty for a scalar
public record TensorSignature(String name, ElementType type, List<Long> shape) {
  public TensorSignature {
    shape = List.copyOf(shape);
    HostTensor.bytes(type, shape);
  }

  /// Size in bytes.
  public long bytes() {
    return HostTensor.bytes(type, shape);
  }

  /// Type and shape, such as `F32[1,3,224,224]`.
  public String describe() {
    return HostTensor.describe(type, shape);
  }
}
