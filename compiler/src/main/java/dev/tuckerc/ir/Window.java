package dev.tuckerc.ir;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// A sliding window over the spatial axes (all but the first two); one entry per spatial axis.
///
/// @param kernel extent of the window, in taps
/// @param stride step between outputs
/// @param padBefore elements added before the first
/// @param padAfter elements added after the last
/// @param dilation step between taps
public record Window(
    List<Long> kernel,
    List<Long> stride,
    List<Long> padBefore,
    List<Long> padAfter,
    List<Long> dilation) {
  public Window {
    kernel = List.copyOf(kernel);
    stride = List.copyOf(stride);
    padBefore = List.copyOf(padBefore);
    padAfter = List.copyOf(padAfter);
    dilation = List.copyOf(dilation);
    int rank = kernel.size();
    for (List<Long> list : List.of(stride, padBefore, padAfter, dilation)) {
      if (list.size() != rank) {
        throw new IrException(
            "window of rank " + rank + " has an attribute of length " + list.size());
      }
    }
    for (List<Long> positive : List.of(kernel, stride, dilation)) {
      if (positive.stream().anyMatch(v -> v < 1)) {
        throw new IrException(
            "window extents, strides and dilations must be positive: " + positive);
      }
    }
  }

  /// A window without padding, stride 1, dilation 1.
  public static Window of(List<Long> kernel) {
    List<Long> ones = Collections.nCopies(kernel.size(), 1L);
    List<Long> zeros = Collections.nCopies(kernel.size(), 0L);
    return new Window(kernel, ones, zeros, zeros, ones);
  }

  /// Number of spatial axes.
  public int rank() {
    return kernel.size();
  }

  /// Taps of the window.
  public long taps() {
    return kernel.stream().reduce(1L, Math::multiplyExact);
  }

  /// Whether this window is one element, unpadded, at stride 1.
  public boolean isPointwise() {
    return equals(of(Collections.nCopies(rank(), 1L)));
  }

  /// Elements spanned by the taps of one axis.
  public long span(int axis) {
    return (kernel.get(axis) - 1) * dilation.get(axis) + 1;
  }

  /// Output extent of one axis: `floor((in + pads - span) / stride) + 1`, or rounded up. Rounded
  /// up, the last window may reach beyond the padding, even the only one.
  Dim output(int axis, Dim input, boolean ceil) {
    long extra = padBefore.get(axis) + padAfter.get(axis) - span(axis);
    long beyond = ceil ? stride.get(axis) - 1 : 0;
    if (input instanceof Dim.Known(long extent) && extent + extra + beyond < 0) {
      throw new IrException(
          "window spanning "
              + span(axis)
              + " does not fit the padded extent "
              + (extent + extra + span(axis)));
    }
    long step = stride.get(axis);
    Dim count = input.plus(extra + beyond).dividedBy(step).plus(1);
    // A window that would start in the padding after the last element is not counted.
    if (ceil
        && count instanceof Dim.Known(long n)
        && input instanceof Dim.Known(long in)
        && (n - 1) * step >= in + padBefore.get(axis)) {
      return Dim.of(n - 1);
    }
    return count;
  }

  /// Attributes of this window.
  Attributes attributes() {
    List<Long> pads = new ArrayList<>(padBefore);
    pads.addAll(padAfter);
    return Attributes.NONE
        .with("kernel", kernel)
        .with("stride", stride)
        .with("pad", pads)
        .with("dilation", dilation);
  }

  /// The window these attributes describe.
  static Window from(Attributes attributes) {
    List<Long> kernel = attributes.integers("kernel");
    List<Long> pads = attributes.integers("pad");
    if (pads.size() != 2 * kernel.size()) {
      throw new IrException("attribute 'pad' needs " + 2 * kernel.size() + " entries");
    }
    return new Window(
        kernel,
        attributes.integers("stride"),
        pads.subList(0, kernel.size()),
        pads.subList(kernel.size(), pads.size()),
        attributes.integers("dilation"));
  }
}
