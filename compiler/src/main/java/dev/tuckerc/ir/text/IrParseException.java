package dev.tuckerc.ir.text;

/// Text is not a well-formed graph. The message gives the position, what was found, what would be
/// right and what to do.
public final class IrParseException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int line;
  private final int column;

  IrParseException(int line, int column, String message) {
    super("line " + line + ":" + column + ": " + message);
    this.line = line;
    this.column = column;
  }

  /// Line of the text, from 1.
  public int line() {
    return line;
  }

  /// Column of the line, from 1.
  public int column() {
    return column;
  }
}
