package dev.tuckerc.ir;

import java.util.Locale;

/// Text from a model, fit to be shown: a name may hold anything, newlines, terminal controls and
/// marks that turn the direction of writing among it.
public final class PrintableText {
  private static final int LONGEST = 200;
  private static final int KEPT_START = 120;
  private static final int KEPT_END = 40;

  private PrintableText() {}

  /// Whether a character does something other than show itself.
  ///
  /// @param character a code point, or an unpaired surrogate
  public static boolean isPrintable(int character) {
    return switch (Character.getType(character)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          false;
      default -> true;
    };
  }

  /// A character as `\` + `u` + four hexadecimal digits, or two of these.
  public static String escape(int character) {
    StringBuilder text = new StringBuilder();
    for (char half : Character.toChars(character)) {
      text.append(String.format(Locale.ROOT, "\\u%04x", (int) half));
    }
    return text.toString();
  }

  /// The text with an escape for every character that does not show itself.
  public static String of(String text) {
    if (text.codePoints().allMatch(PrintableText::isPrintable)) {
      return text;
    }
    StringBuilder shown = new StringBuilder();
    text.codePoints()
        .forEach(c -> {
          if (isPrintable(c)) {
            shown.appendCodePoint(c);
          } else {
            shown.append(escape(c));
          }
        });
    return shown.toString();
  }

  /// The same, at most some 200 characters long: from longer texts the middle is left out.
  public static String brief(String text) {
    String shown = of(text);
    return shown.length() <= LONGEST
        ? shown
        : shown.substring(0, KEPT_START)
            + "... "
            + (shown.length() - KEPT_START - KEPT_END)
            + " more ..."
            + shown.substring(shown.length() - KEPT_END);
  }
}
