package dev.tuckerc.training.distributed;

/// The processes that train together cannot start, or one of them is lost. The message says what to
/// do.
public final class WorkersException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public WorkersException(String message) {
    super(message);
  }

  public WorkersException(String message, Throwable cause) {
    super(message, cause);
  }
}
