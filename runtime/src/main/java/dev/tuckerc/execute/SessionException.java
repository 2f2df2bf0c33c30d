package dev.tuckerc.execute;

/// A session cannot be opened, or was given inputs that do not fit. The message is fit for a user.
public final class SessionException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SessionException(String message) {
    super(message);
  }
}
