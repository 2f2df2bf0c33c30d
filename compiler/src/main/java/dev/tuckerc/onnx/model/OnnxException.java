package dev.tuckerc.onnx.model;

import dev.tuckerc.ir.PrintableText;

/// A model or tensor file cannot be read or written. The message is one line: the diagnostic code,
/// the file, the node where there is one, what is wrong and what to do about it.
public final class OnnxException extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private static final int LONGEST = 2000;

  /// What is wrong, as a stable diagnostic code.
  public enum Code {
    /// The file cannot be opened, read or written.
    ONNX001,
    /// The file is empty.
    ONNX002,
    /// The file is no protobuf, or a damaged one.
    ONNX003,
    /// A protobuf, but not an ONNX model (no graph, no operator set).
    ONNX004,
    /// A tensor's data does not fit its type and shape.
    ONNX005,
    /// External data is missing, outside the model's folder, or too short.
    ONNX006,
    /// A value is used but never defined.
    ONNX007,
    /// The nodes form a cycle.
    ONNX008,
    /// A value is defined twice.
    ONNX009,
    /// A node's operands, types, shapes or attributes are invalid.
    ONNX010,
    /// A node uses an operator set that the model does not import.
    ONNX011,
    /// A given shape does not fit the model's inputs.
    ONNX012,
    /// A type that tensors of this compiler cannot have (string, sequence, optional, float8, ...).
    ONNX013,
    /// A shape or tensor is larger than this compiler handles.
    ONNX014,
    /// A graph cannot be written as plain ONNX.
    ONNX015,
    /// The model leaves extents open that must be known.
    ONNX016
  }

  private final Code code;

  public OnnxException(Code code, String message) {
    super(code + ": " + oneLine(message));
    this.code = code;
  }

  public OnnxException(Code code, String message, Throwable cause) {
    super(code + ": " + oneLine(message), cause);
    this.code = code;
  }

  public Code code() {
    return code;
  }

  /// The message without the code.
  public String detail() {
    return String.valueOf(getMessage()).substring(code.name().length() + 2);
  }

  /// Names from a damaged file may hold anything; a message stays one readable line.
  public static String oneLine(String text) {
    String line = PrintableText.of(text);
    return line.length() > LONGEST ? line.substring(0, LONGEST) + "..." : line;
  }
}
