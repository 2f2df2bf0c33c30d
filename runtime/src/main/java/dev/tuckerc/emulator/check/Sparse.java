package dev.tuckerc.emulator.check;

import java.util.Arrays;

/// An immutable map from numbers to times, sorted by number. What is absent has time 0.
final class Sparse {
  static final Sparse EMPTY = new Sparse(new int[0], new int[0], 0);

  private final int[] keys;
  private final int[] values;
  final int size;

  private Sparse(int[] keys, int[] values, int size) {
    this.keys = keys;
    this.values = values;
    this.size = size;
  }

  int key(int index) {
    return keys[index];
  }

  int value(int index) {
    return values[index];
  }

  int get(int key) {
    if (size == 0) {
      return 0;
    }
    int at = Arrays.binarySearch(keys, 0, size, key);
    return at >= 0 ? values[at] : 0;
  }

  /// A run of numbers from `first` with their times, zeros left out.
  static Sparse run(int first, int[] times) {
    int[] keys = new int[times.length];
    int[] values = new int[times.length];
    int size = 0;
    for (int i = 0; i < times.length; i++) {
      if (times[i] != 0) {
        keys[size] = first + i;
        values[size++] = times[i];
      }
    }
    return size == 0 ? EMPTY : new Sparse(keys, values, size);
  }

  /// One number.
  static Sparse of(int key, int value) {
    return new Sparse(new int[] {key}, new int[] {value}, 1);
  }

  /// The lanes of a warp, each with the same time.
  static Sparse lanes(int warp, int mask, int time) {
    int size = Integer.bitCount(mask);
    int[] keys = new int[size];
    int[] values = new int[size];
    int at = 0;
    for (int m = mask; m != 0; m &= m - 1) {
      keys[at] = warp << 5 | Integer.numberOfTrailingZeros(m);
      values[at++] = time;
    }
    return new Sparse(keys, values, size);
  }

  /// The later time of each number.
  Sparse latest(Sparse other) {
    if (other.size == 0 || other == this) {
      return this;
    }
    if (size == 0) {
      return other;
    }
    int[] k = new int[size + other.size];
    int[] v = new int[size + other.size];
    int a = 0;
    int b = 0;
    int n = 0;
    boolean changed = false;
    while (a < size || b < other.size) {
      if (b == other.size || (a < size && keys[a] < other.keys[b])) {
        k[n] = keys[a];
        v[n++] = values[a++];
      } else if (a == size || other.keys[b] < keys[a]) {
        k[n] = other.keys[b];
        v[n++] = other.values[b++];
        changed = true;
      } else {
        k[n] = keys[a];
        changed |= other.values[b] > values[a];
        v[n++] = Math.max(values[a++], other.values[b++]);
      }
    }
    return changed ? new Sparse(k, v, n) : this;
  }

  /// Those that a predicate keeps.
  Sparse keep(Filter filter) {
    int n = 0;
    int[] k = new int[size];
    int[] v = new int[size];
    for (int i = 0; i < size; i++) {
      if (filter.keep(keys[i], values[i])) {
        k[n] = keys[i];
        v[n++] = values[i];
      }
    }
    return n == size ? this : n == 0 ? EMPTY : new Sparse(k, v, n);
  }

  /// Says what to keep.
  interface Filter {
    boolean keep(int key, int value);
  }
}
