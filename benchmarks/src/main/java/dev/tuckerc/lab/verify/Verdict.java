package dev.tuckerc.lab.verify;

/// What the comparison of up to three sides comes to.
public enum Verdict {
  /// Every side that ran is within the tolerance.
  AGREE("agree"),
  /// The GPU alone is off, or it alone ran.
  GPU_DIFFERS("GPU differs"),
  /// The emulator alone is off, or it alone ran.
  EMULATOR_DIFFERS("emulator differs"),
  /// Both are off in the same way.
  BOTH_DIFFER_ALIKE("both differ from the reference, alike"),
  /// Both are off, each in its own way.
  BOTH_DIFFER_APART("both differ from the reference and from each other"),
  /// No side ran.
  NOT_RUN("not run");

  private final String text;

  Verdict(String text) {
    this.text = text;
  }

  /// In words.
  public String text() {
    return text;
  }

  /// Whether it is a defect.
  public boolean isMismatch() {
    return switch (this) {
      case AGREE, NOT_RUN -> false;
      case GPU_DIFFERS, EMULATOR_DIFFERS, BOTH_DIFFER_ALIKE, BOTH_DIFFER_APART -> true;
    };
  }

  /// Judges.
  ///
  /// @param alike whether both sides gave outputs that are within the tolerance of each other
  public static Verdict of(Side gpu, Side emulator, boolean alike) {
    if (!gpu.ran() && !emulator.ran()) {
      return NOT_RUN;
    }
    if (gpu.wrong() && emulator.wrong()) {
      return alike ? BOTH_DIFFER_ALIKE : BOTH_DIFFER_APART;
    }
    if (gpu.wrong()) {
      return GPU_DIFFERS;
    }
    return emulator.wrong() ? EMULATOR_DIFFERS : AGREE;
  }
}
