package dev.tuckerc.ir.text;

import dev.tuckerc.ir.PrintableText;
import java.util.regex.Pattern;

/// Names and quoted strings of the text form.
final class Strings {
  private static final Pattern VALUE_NAME = Pattern.compile("[A-Za-z0-9_.$]+");
  private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z0-9_]+)*");

  private Strings() {}

  /// A value's name after its `%`.
  static String valueName(String name) {
    return VALUE_NAME.matcher(name).matches() ? name : quote(name);
  }

  /// A name, quoted when it is no word.
  static String word(String text) {
    return NAME.matcher(text).matches() ? text : quote(text);
  }

  /// A quoted string: `\"`, `\\`, `\n`, `\t` and `\` + `u` + four hexadecimal digits are escapes.
  static String quote(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\t' -> out.append("\\t");
        default -> {
          if (!PrintableText.isPrintable(c)) {
            out.append(PrintableText.escape(c));
          } else {
            out.append(c);
          }
        }
      }
    }
    return out.append('"').toString();
  }

  /// The text of a quoted string.
  ///
  /// @throws IllegalArgumentException on an unknown escape
  static String unquote(String quoted) {
    StringBuilder out = new StringBuilder();
    int end = quoted.length() - 1;
    for (int i = 1; i < end; i++) {
      char c = quoted.charAt(i);
      if (c != '\\') {
        out.append(c);
        continue;
      }
      char escape = quoted.charAt(++i);
      switch (escape) {
        case '"', '\\' -> out.append(escape);
        case 'n' -> out.append('\n');
        case 't' -> out.append('\t');
        case 'u' -> {
          if (i + 4 >= end) {
            throw new IllegalArgumentException("\\u needs four hexadecimal digits");
          }
          try {
            out.append((char) Integer.parseInt(quoted, i + 1, i + 5, 16));
          } catch (NumberFormatException e) {
            throw new IllegalArgumentException("\\u needs four hexadecimal digits", e);
          }
          i += 4;
        }
        default -> throw new IllegalArgumentException("unknown escape \\" + escape);
      }
    }
    return out.toString();
  }
}
