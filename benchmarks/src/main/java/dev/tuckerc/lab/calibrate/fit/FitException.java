package dev.tuckerc.lab.calibrate.fit;

/// Samples that give no figure; the message says why.
public final class FitException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  public FitException(String message) {
    super(message);
  }
}
