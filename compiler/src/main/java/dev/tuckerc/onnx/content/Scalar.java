package dev.tuckerc.onnx.content;

import dev.tuckerc.ir.Dim;

/// One element whose value is known during import, or known to be an extent of an input's shape.
public sealed interface Scalar {
  /// An integer or boolean.
  record Int(long value) implements Scalar {}

  /// A floating-point number.
  record Real(double value) implements Scalar {}

  /// A symbolic extent, at least 0.
  record Extent(Dim.Symbolic dim) implements Scalar {}

  /// The element that holds an extent.
  static Scalar of(Dim dim) {
    return switch (dim) {
      case Dim.Known(long extent) -> new Int(extent);
      case Dim.Symbolic symbolic -> new Extent(symbolic);
    };
  }
}
