package dev.tuckerc.lab;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/// The seconds that a command may take. A command asks before each step; what is left out for lack
/// of time is remembered and belongs into the result.
///
/// Thread-safe.
public final class Budget {
  private static final double NANOS = 1e9;

  private final LongSupplier clock;
  private final long start;
  private final double seconds;
  private final List<String> leftOut = new ArrayList<>();

  /// @param clock nanoseconds from any origin
  /// @param seconds from now; positive infinity for no limit
  Budget(LongSupplier clock, double seconds) {
    if (!(seconds > 0)) {
      throw new IllegalArgumentException("a budget of " + seconds + " s: it must be above 0");
    }
    this.clock = clock;
    this.start = clock.getAsLong();
    this.seconds = seconds;
  }

  /// A budget that starts to run now.
  public static Budget ofSeconds(double seconds) {
    return new Budget(System::nanoTime, seconds);
  }

  /// No limit: every step is started.
  public static Budget unlimited() {
    return ofSeconds(Double.POSITIVE_INFINITY);
  }

  /// Whether there is no limit.
  public boolean isUnlimited() {
    return Double.isInfinite(seconds);
  }

  /// Seconds since the budget started to run.
  public double usedSeconds() {
    return (clock.getAsLong() - start) / NANOS;
  }

  /// Seconds left, never below 0; positive infinity without a limit.
  public double remainingSeconds() {
    return Math.max(0, seconds - usedSeconds());
  }

  /// Whether time is left to begin a step. If not, the step is remembered as left out.
  ///
  /// @param step what it would have done, as the result shall name it
  public boolean allows(String step) {
    return allows(step, 0);
  }

  /// Whether time is left for a step that is expected to take this long. If not, the step is
  /// remembered as left out.
  public boolean allows(String step, double expectedSeconds) {
    double remaining = remainingSeconds();
    if (remaining > 0 && remaining >= expectedSeconds) {
      return true;
    }
    leaveOut(step);
    return false;
  }

  /// Remembers a step as left out for lack of time.
  public synchronized void leaveOut(String step) {
    leftOut.add(step);
  }

  /// The steps left out for lack of time, in order.
  public synchronized List<String> leftOut() {
    return List.copyOf(leftOut);
  }

  /// A budget for one part of the work, at most this share of the time left. What the part leaves
  /// out is the part's to report.
  ///
  /// @param fraction above 0, at most 1
  public Budget share(double fraction) {
    if (!(fraction > 0 && fraction <= 1)) {
      throw new IllegalArgumentException("a share of " + fraction);
    }
    // A part that starts with nothing left refuses its first step, and so reports all of them.
    return new Budget(clock, Math.max(1 / NANOS, remainingSeconds() * fraction));
  }

  /// Writes the field `budget` of a result: seconds (null without a limit), seconds used, and the
  /// steps left out.
  public void addTo(ObjectNode data) {
    ObjectNode node = data.putObject("budget");
    if (isUnlimited()) {
      node.putNull("seconds");
    } else {
      node.put("seconds", seconds);
    }
    node.put("usedSeconds", usedSeconds());
    ArrayNode list = node.putArray("leftOut");
    leftOut().forEach(list::add);
  }
}
