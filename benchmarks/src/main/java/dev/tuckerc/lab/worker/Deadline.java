package dev.tuckerc.lab.worker;

import java.time.Duration;

/// A point in time by which a command shall have ended.
///
/// @param nanos of [System#nanoTime]; [Long#MAX_VALUE] for never
public record Deadline(long nanos) {
  /// Never.
  public static final Deadline NONE = new Deadline(Long.MAX_VALUE);

  /// So many seconds from now.
  public static Deadline in(double seconds) {
    return new Deadline(System.nanoTime() + (long) (seconds * 1e9));
  }

  /// Seconds left; not above 0 when there are none, infinity for [#NONE].
  public double remainingSeconds() {
    return this.equals(NONE) ? Double.POSITIVE_INFINITY : (nanos - System.nanoTime()) / 1e9;
  }

  /// Whether there is no time left.
  public boolean passed() {
    return remainingSeconds() <= 0;
  }

  /// A limit, or the time left where that is less.
  public Duration atMost(Duration limit) {
    double seconds = Math.max(0, remainingSeconds());
    return seconds < limit.toNanos() / 1e9 ? Duration.ofNanos((long) (seconds * 1e9)) : limit;
  }
}
