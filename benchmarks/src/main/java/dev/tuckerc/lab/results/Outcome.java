package dev.tuckerc.lab.results;

import dev.tuckerc.cli.console.ExitCode;
import java.util.Collection;
import java.util.Locale;

/// What came of a case, in any command of the laboratory: the field `outcome` of its line.
public enum Outcome {
  /// It ran, and nothing is wrong with it.
  DONE,
  /// It ran and gave something other than the reference.
  DIFFERS,
  /// The device or the compiler reported an error.
  FAILED,
  /// It was ended after its time.
  HUNG,
  /// Its process ended by itself.
  CRASHED,
  /// The machine lacks what it needs.
  MISSING,
  /// It was not begun: no time was left.
  LEFT_OUT;

  /// The word in results.
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /// The outcome of a word in a result.
  ///
  /// @throws IllegalArgumentException when it is none
  public static Outcome of(String word) {
    return valueOf(word.toUpperCase(Locale.ROOT).replace(' ', '_'));
  }

  /// Whether the process that the case ran in is of no further use: an error of a device may have
  /// spoiled its context for good.
  public boolean spoilsProcess() {
    return switch (this) {
      case FAILED, HUNG, CRASHED -> true;
      case DONE, DIFFERS, MISSING, LEFT_OUT -> false;
    };
  }

  /// The exit code of a command: 1 where a case differs, else 4 where one failed, else 0.
  public static int exitOf(Collection<Outcome> outcomes) {
    if (outcomes.contains(DIFFERS)) {
      return ExitCode.MISMATCH;
    }
    return outcomes.stream().anyMatch(Outcome::spoilsProcess) ? ExitCode.DEVICE : ExitCode.OK;
  }
}
