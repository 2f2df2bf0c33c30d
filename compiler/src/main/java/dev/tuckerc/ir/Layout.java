package dev.tuckerc.ir;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// How a logical shape lies in memory: the logical axes from the slowest to the fastest.
///
/// @param order a permutation of the axes; empty means row-major of any rank
public record Layout(List<Integer> order) {
  /// Row-major, of any rank.
  public static final Layout ROW_MAJOR = new Layout(List.of());

  /// Channels last: `N,H,W,C` in memory for the logical axes `N,C,H,W`.
  public static final Layout NHWC = new Layout(List.of(0, 2, 3, 1));

  public Layout {
    order = List.copyOf(order);
    List<Integer> sorted = order.stream().sorted().toList();
    if (!sorted.equals(IntStream.range(0, order.size()).boxed().toList())) {
      throw new IrException("layout " + order + " is no permutation");
    }
    if (order.equals(sorted)) {
      order = List.of();
    }
  }

  /// Whether this is row-major.
  public boolean isRowMajor() {
    return order.isEmpty();
  }

  /// The axes from the slowest to the fastest, for a tensor of this rank.
  public List<Integer> orderFor(int rank) {
    if (isRowMajor()) {
      return IntStream.range(0, rank).boxed().toList();
    }
    if (order.size() != rank) {
      throw new IrException("layout " + this + " does not fit rank " + rank);
    }
    return order;
  }

  /// Stride of each logical axis, in elements, for densely packed storage.
  public long[] strides(List<Long> extents) {
    long[] strides = new long[extents.size()];
    long stride = 1;
    List<Integer> axes = orderFor(extents.size());
    for (int i = axes.size() - 1; i >= 0; i--) {
      strides[axes.get(i)] = stride;
      stride *= extents.get(axes.get(i));
    }
    return strides;
  }

  @Override
  public String toString() {
    if (isRowMajor()) {
      return "row-major";
    }
    if (equals(NHWC)) {
      return "NHWC";
    }
    return order.stream().map(String::valueOf).collect(Collectors.joining(","));
  }
}
