package dev.tuckerc.emulator.check;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a place in memory passes on: a thread that releases by writing it comes before a thread
/// that acquires by reading that, or what later atomics made of it.
final class Release {
  /// For every thread of the device.
  @Nullable Clock device;

  /// By block, for threads of that block alone.
  final Map<Integer, Clock> inBlock = new HashMap<>();

  /// Counts the times it began anew.
  int lineage;

  /// A plain strong store ends what was passed on so far.
  void restart() {
    device = null;
    inBlock.clear();
    lineage++;
  }

  void add(Clock clock, int block, boolean blockOnly) {
    inBlock.merge(block, clock, Clock::join);
    if (!blockOnly) {
      device = device == null ? clock : device.join(clock);
    }
  }
}
