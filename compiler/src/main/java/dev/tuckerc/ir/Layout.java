package dev.tuckerc.ir;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// How a logical shape lies in memory: the logical axes from the slowest to the fastest, and how
/// far its rows are apart.
///
/// @param order a permutation of the axes; empty means row-major of any rank
/// @param pitch elements from one row of the fastest axis to the next, where rows lie apart because
///   the value is a slice of the channels of a wider one; 0 where they lie next to each other
public record Layout(List<Integer> order, long pitch) {
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
    if (pitch < 0 || pitch > 0 && order.isEmpty()) {
      throw new IrException("a layout of order " + order + " has no pitch of " + pitch);
    }
  }

  /// A layout whose rows lie next to each other.
  public Layout(List<Integer> order) {
    this(order, 0);
  }

  /// The same order of axes, with rows this many elements apart.
  ///
  /// @param newPitch 0 for rows next to each other
  public Layout withPitch(long newPitch) {
    return new Layout(order, newPitch);
  }

  /// Whether channels are the fastest axis of a tensor of rank 4, whatever the pitch.
  public boolean isChannelsLast() {
    return order.equals(NHWC.order);
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

  /// Stride of each logical axis, in elements.
  public long[] strides(List<Long> extents) {
    long[] strides = new long[extents.size()];
    long stride = 1;
    List<Integer> axes = orderFor(extents.size());
    for (int i = axes.size() - 1; i >= 0; i--) {
      strides[axes.get(i)] = stride;
      boolean row = i == axes.size() - 1 && pitch > 0;
      stride *= row ? pitch : extents.get(axes.get(i));
    }
    return strides;
  }

  @Override
  public String toString() {
    if (isRowMajor()) {
      return "row-major";
    }
    String axes =
        isChannelsLast()
            ? "NHWC"
            : order.stream().map(String::valueOf).collect(Collectors.joining(","));
    return pitch == 0 ? axes : axes + ":" + pitch;
  }
}
