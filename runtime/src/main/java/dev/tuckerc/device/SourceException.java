package dev.tuckerc.device;

/// A kernel's source does not compile; the message holds the compiler's errors with their lines.
public final class SourceException extends DeviceException {
  private static final long serialVersionUID = 1L;

  public SourceException(String message) {
    super(message);
  }

  public SourceException(String message, Throwable cause) {
    super(message, cause);
  }
}
