package dev.tuckerc.device;

/// A recorded sequence of launches, run in order.
public interface LaunchSequence extends AutoCloseable {

  /// Submits the whole sequence once.
  void replay();

  /// Device time of the last completed [#replay] in nanoseconds; waits for it. A GPU measures with
  /// events; the emulator reports host time.
  long lastReplayNanos();

  @Override
  void close();
}
