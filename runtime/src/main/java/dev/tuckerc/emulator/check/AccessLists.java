package dev.tuckerc.emulator.check;

import java.util.Arrays;

/// Lists of accesses that nothing orders among themselves: one element for each moment of a warp,
/// with the lanes. A list is a negative number that holds its first element.
final class AccessLists {
  /// In a list: two blocks that do not know each other are in it, so that any writer finds one.
  static final long SATURATED = 1L << 61;

  private static final int NONE = -1;

  private long[] stamps = new long[1 << 10];
  private int[] masks = new int[1 << 10];
  private int[] next = new int[1 << 10];
  private boolean[] writing = new boolean[1 << 10];
  private int used;
  private int free = NONE;

  void clear() {
    used = 0;
    free = NONE;
  }

  static boolean saturated(long list) {
    return (list & SATURATED) != 0;
  }

  static int first(long list) {
    return (int) list;
  }

  static long list(int element, boolean saturated) {
    return Long.MIN_VALUE | (saturated ? SATURATED : 0) | element & 0xffff_ffffL;
  }

  long stamp(int element) {
    return stamps[element];
  }

  int mask(int element) {
    return masks[element];
  }

  boolean writes(int element) {
    return writing[element];
  }

  /// The next element, or a negative number.
  int next(int element) {
    return next[element];
  }

  void addLanes(int element, int mask) {
    masks[element] |= mask;
  }

  void setNext(int element, int following) {
    next[element] = following;
  }

  int add(long stamp, int mask, boolean writes, int following) {
    int element = free;
    if (element != NONE) {
      free = next[element];
    } else {
      if (used == stamps.length) {
        int more = used * 2;
        stamps = Arrays.copyOf(stamps, more);
        masks = Arrays.copyOf(masks, more);
        next = Arrays.copyOf(next, more);
        writing = Arrays.copyOf(writing, more);
      }
      element = used++;
    }
    stamps[element] = stamp;
    masks[element] = mask;
    writing[element] = writes;
    next[element] = following;
    return element;
  }

  void release(int element) {
    next[element] = free;
    free = element;
  }

  /// Gives back all elements of a cell.
  void drop(long cell) {
    if (cell < 0) {
      for (int e = first(cell); e >= 0; ) {
        int following = next[e];
        release(e);
        e = following;
      }
    }
  }

  /// A copy of a list.
  long copy(long list) {
    int result = NONE;
    for (int e = first(list); e >= 0; e = next[e]) {
      result = add(stamps[e], masks[e], writing[e], result);
    }
    return list(result, saturated(list));
  }
}
