package dev.tuckerc.lab.all;

import java.util.List;
import java.util.Locale;

/// The steps of `lab all` in the order in which they run: what the others depend on and what is
/// worth most comes first, so that a machine that goes away early has not been there for nothing.
enum Step {
  /// Seconds, and says at once what will not work.
  DOCTOR(2, false),
  /// Under half a minute; its figures explain all others.
  CALIBRATE(4, true),
  /// Whether the kernels are right; times of wrong kernels are worth nothing.
  VERIFY(24, false),
  /// How fast they are.
  BENCH(34, false),
  /// How fast PyTorch and cuDNN are on the same machine.
  PEERS(24, true),
  /// Slow, and least likely to find what VERIFY did not.
  SANITIZE(12, true);

  private final int percent;
  private final boolean needsGpu;

  Step(int percent, boolean needsGpu) {
    this.percent = percent;
    this.needsGpu = needsGpu;
  }

  /// The command.
  String command() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// Share of the whole budget; what a step leaves over goes to those after it, in proportion.
  int percent() {
    return percent;
  }

  /// Whether it says nothing on the emulator.
  boolean needsGpu() {
    return needsGpu;
  }

  /// Share of the time left that this step may take when these steps are still to come.
  ///
  /// @param toCome this step and those after it
  double shareAmong(List<Step> toCome) {
    return (double) percent / toCome.stream().mapToInt(Step::percent).sum();
  }
}
