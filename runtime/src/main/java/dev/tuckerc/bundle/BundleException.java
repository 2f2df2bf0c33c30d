package dev.tuckerc.bundle;

/// A bundle, or a file of one, cannot be read or written. The message is one line that names the
/// file, the problem and the remedy.
public final class BundleException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public static final String REWRITE = "write the bundle again with tuckerc compile";

  public BundleException(String file, String problem, String remedy) {
    super(oneLine(file + ": " + problem + "; " + remedy));
  }

  public BundleException(String file, String problem, String remedy, Throwable cause) {
    super(oneLine(file + ": " + problem + "; " + remedy), cause);
  }

  /// A file whose content is not what it should be.
  public static BundleException damaged(String file, String problem) {
    return new BundleException(file, problem, REWRITE);
  }

  /// Text from a damaged file may hold anything, but the message stays one line of moderate length.
  private static String oneLine(String text) {
    StringBuilder line = new StringBuilder();
    text.codePoints()
        .limit(2000)
        .map(c -> Character.isISOControl(c) ? ' ' : c)
        .forEach(line::appendCodePoint);
    return line.toString();
  }
}
