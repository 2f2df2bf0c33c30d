package dev.tuckerc.data;

/// A data set cannot be used: not there, damaged, or not of the shape that is needed. The message
/// names file, fault and remedy.
public final class DataException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public DataException(String message) {
    super(message);
  }

  public DataException(String message, Throwable cause) {
    super(message, cause);
  }
}
