package dev.tuckerc.ir;

/// An operation, type or graph is not well formed.
public final class IrException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public IrException(String message) {
    super(message);
  }
}
