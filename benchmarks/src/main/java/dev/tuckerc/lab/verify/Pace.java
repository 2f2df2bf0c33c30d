package dev.tuckerc.lab.verify;

/// How long the next, larger step will take, judged by the last one.
final class Pace {
  /// Steps below this are all overhead.
  private static final long LEAST_WORK = 1_000_000;

  private double secondsPerUnit;

  /// Notes how long a step took.
  ///
  /// @param work in any unit that grows with time
  void note(long work, double seconds) {
    if (work >= LEAST_WORK) {
      secondsPerUnit = seconds / work;
    }
  }

  /// Expected seconds; 0 where nothing is known.
  double expect(long work) {
    return secondsPerUnit * work;
  }
}
