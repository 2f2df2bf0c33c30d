package dev.tuckerc.onnx;

/// A node cannot be expressed in the IR; the message is the reason. Caught by [GraphImporter],
/// which collects all of them.
final class UnsupportedNodeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String reason;

  UnsupportedNodeException(String reason) {
    super(reason);
    this.reason = reason;
  }

  String reason() {
    return reason;
  }
}
