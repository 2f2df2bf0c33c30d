package dev.tuckerc.training.finetune;

/// A run cannot be started or go on: data, model and settings do not fit each other. The message
/// says what and names the remedy.
public final class TrainingException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public TrainingException(String message) {
    super(message);
  }
}
