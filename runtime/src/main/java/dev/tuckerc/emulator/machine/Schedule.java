package dev.tuckerc.emulator.machine;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// The order in which warps and blocks get their turn, and for how long.
///
/// In order, the same for every run, or random from a seed: then turns are often only one basic
/// block long, so that the warps of a block meet in many different ways.
final class Schedule {
  /// Basic blocks of a turn.
  static final int QUANTUM = 1 << 12;

  private final @Nullable SplittableRandom random;
  private int[][] inOrder = new int[33][];

  private Schedule(@Nullable SplittableRandom random) {
    this.random = random;
  }

  static Schedule inOrder() {
    return new Schedule(null);
  }

  static Schedule random(long seed) {
    return new Schedule(new SplittableRandom(seed));
  }

  boolean random() {
    return random != null;
  }

  /// Basic blocks that a warp may run now.
  int quantum() {
    SplittableRandom source = random;
    if (source == null) {
      return QUANTUM;
    }
    return switch (source.nextInt(4)) {
      case 0 -> 1;
      case 1 -> 1 + source.nextInt(8);
      case 2 -> 1 + source.nextInt(64);
      default -> 1 + source.nextInt(QUANTUM);
    };
  }

  /// A number from 1 to `most`; `most` itself when in order.
  int upTo(int most) {
    return random == null ? most : 1 + random.nextInt(most);
  }

  /// Positions from 0 to `count`, exclusive, in the order of their turns; not to be changed.
  int[] turns(int count) {
    if (count >= inOrder.length) {
      inOrder = Arrays.copyOf(inOrder, 2 * count);
    }
    int[] order = inOrder[count];
    if (order == null) {
      order = new int[count];
      for (int i = 0; i < count; i++) {
        order[i] = i;
      }
      inOrder[count] = order;
    }
    SplittableRandom source = random;
    if (source == null || count == 1) {
      return order;
    }
    int[] mixed = order.clone();
    for (int i = count - 1; i > 0; i--) {
      int other = source.nextInt(i + 1);
      int swapped = mixed[i];
      mixed[i] = mixed[other];
      mixed[other] = swapped;
    }
    return mixed;
  }
}
