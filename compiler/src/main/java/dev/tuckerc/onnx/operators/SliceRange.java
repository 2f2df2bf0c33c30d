package dev.tuckerc.onnx.operators;

import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.onnx.content.Scalar;

/// One axis of a slice, by ONNX's rules: negative positions count from the end, positions outside
/// are moved to the border.
///
/// @param size number of elements
public record SliceRange(long start, Dim size, long step) {

  static SliceRange of(Dim dim, Scalar start, Scalar end, long step) {
    if (step == 0 || step == Long.MIN_VALUE) {
      throw new IrException("a step of " + step);
    }
    return switch (dim) {
      case Dim.Known(long extent) -> known(extent, position(start, dim), position(end, dim), step);
      case Dim.Symbolic symbolic -> symbolic(symbolic, start, end, step);
    };
  }

  private static long position(Scalar scalar, Dim dim) {
    return OperatorContext.integer(scalar, "a slice position on extent " + dim);
  }

  private static SliceRange known(long extent, long start, long end, long step) {
    long first = start < 0 ? start + extent : start;
    long last = end < 0 ? end + extent : end;
    if (step > 0) {
      first = Math.clamp(first, 0, extent);
      last = Math.clamp(last, 0, extent);
      long size = last <= first ? 0 : (last - first - 1) / step + 1;
      return new SliceRange(size == 0 ? 0 : first, Dim.of(size), step);
    }
    first = Math.clamp(first, -1, extent - 1);
    last = Math.clamp(last, -1, extent - 1);
    long size = first <= last ? 0 : (first - last - 1) / -step + 1;
    return new SliceRange(size == 0 ? 0 : first, Dim.of(size), step);
  }

  /// An extent that is not known yet: only what holds for every extent.
  private static SliceRange symbolic(Dim.Symbolic dim, Scalar start, Scalar end, long step) {
    if (step == 1 && start instanceof Scalar.Int(long first) && first >= 0) {
      boolean toEnd =
          end.equals(Scalar.of(dim))
              || end instanceof Scalar.Int(long last) && last >= Integer.MAX_VALUE;
      if (toEnd) {
        return new SliceRange(first, dim.plus(-first), 1);
      }
      if (end instanceof Scalar.Int(long last) && last < 0) {
        return new SliceRange(first, dim.plus(last - first), 1);
      }
    }
    throw OperatorContext.unsupported(
        "it slices the symbolic extent '" + dim + "'; bind it with --shape");
  }
}
