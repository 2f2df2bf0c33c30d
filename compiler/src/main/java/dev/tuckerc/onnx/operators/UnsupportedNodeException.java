package dev.tuckerc.onnx.operators;

/// A node cannot be expressed in the IR; the message is the reason. Caught by [GraphImporter],
/// which collects all of them.
public final class UnsupportedNodeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String reason;

  public UnsupportedNodeException(String reason) {
    super(reason);
    this.reason = reason;
  }

  public String reason() {
    return reason;
  }
}
