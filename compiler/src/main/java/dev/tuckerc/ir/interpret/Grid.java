package dev.tuckerc.ir.interpret;

import java.util.List;

/// Walks the positions of a shape in row-major order.
final class Grid {
  private final int[] extents;
  private final int[] position;
  private final int size;

  Grid(List<Long> extents) {
    this.extents = extents.stream().mapToInt(Math::toIntExact).toArray();
    this.position = new int[this.extents.length];
    this.size = Elements.product(extents, 0, extents.size());
  }

  /// Number of positions.
  int size() {
    return size;
  }

  /// The current position; changed in place by [#advance].
  int[] position() {
    return position;
  }

  /// Steps to the next position; wraps round at the end.
  void advance() {
    for (int axis = extents.length - 1; axis >= 0; axis--) {
      if (++position[axis] < extents[axis]) {
        return;
      }
      position[axis] = 0;
    }
  }
}
