package dev.tuckerc.emulator.machine;

import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/// Hands out the clusters of a grid, each once, to whichever thread asks.
///
/// A random order is an affine permutation, `index -> (factor * index + shift) mod count`, which
/// needs no memory however large the grid is.
final class BlockOrder {
  private final long count;
  private final long factor;
  private final long shift;
  private final AtomicLong next = new AtomicLong();

  private BlockOrder(long count, long factor, long shift) {
    this.count = count;
    this.factor = factor;
    this.shift = shift;
  }

  static BlockOrder inOrder(long count) {
    return new BlockOrder(count, 1, 0);
  }

  static BlockOrder random(long count, long seed) {
    if (count > Integer.MAX_VALUE) {
      return inOrder(count);
    }
    SplittableRandom source = new SplittableRandom(seed ^ 0x5bd1e995L);
    long factor = 1 + source.nextLong(count);
    while (greatestDivisor(factor, count) != 1) {
      factor = factor % count + 1;
    }
    return new BlockOrder(count, factor, source.nextLong(count));
  }

  private static long greatestDivisor(long a, long b) {
    return b == 0 ? a : greatestDivisor(b, a % b);
  }

  /// Index of the next cluster to start, or -1 when all have been started.
  long take() {
    if (next.get() >= count) {
      return -1;
    }
    long index = next.getAndIncrement();
    return index >= count ? -1 : (factor * index + shift) % count;
  }

  /// Clusters not started yet.
  long left() {
    return Math.max(0, count - next.get());
  }

  long count() {
    return count;
  }
}
