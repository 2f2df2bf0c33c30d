package dev.tuckerc.bundle;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which preprocessor directives the source of a kernel may have: none that reads a file, asks
/// whether there is one, or names one. The compiler would show what it read in its messages.
///
/// This is no preprocessor. A directive stands first in its line; lines are taken both as they are
/// and with a backslash at the end joined to the next, and what stands before a directive may be
/// the end of a comment. So some text is refused that no compiler takes for a directive (in a
/// comment, say), and none is let through that one does.
public final class SourceRules {
  /// `#if` is not among them: it can ask whether a file exists (`__has_include`).
  private static final Set<String> ALLOWED =
      Set.of("define", "undef", "ifdef", "ifndef", "else", "endif", "pragma", "error", "");

  private static final Pattern DIRECTIVE = Pattern.compile("(?:#|%:|\\?\\?=)[^\\S\\r\\n]*(\\S*)");

  private static final Pattern JOINED_LINES = Pattern.compile("(?:\\\\|\\?\\?/)\\R");
  private static final String WHITE = " \t\f\u000b";
  private static final String LINE_ENDS = "\n\r\u0085\u2028\u2029";
  private static final Pattern WORD = Pattern.compile("^\\w*");

  private SourceRules() {}

  /// The first directive that is not allowed, if there is one.
  public static Optional<String> forbiddenDirective(String source) {
    return first(source)
        .or(() ->
            hasJoint(source)
                ? first(JOINED_LINES.matcher(source).replaceAll(""))
                : Optional.empty());
  }

  /// Whether [#JOINED_LINES] is anywhere in a text, which is rare: the pattern itself would be
  /// tried at every character.
  private static boolean hasJoint(String text) {
    for (int i = 1; i < text.length(); i++) {
      boolean ends =
          switch (text.charAt(i)) {
            case '\n', '\u000b', '\f', '\r', '\u0085', '\u2028', '\u2029' -> true;
            default -> false;
          };
      if (ends && (text.charAt(i - 1) == '\\' || text.startsWith("??/", i - 3))) {
        return true;
      }
    }
    return false;
  }

  private static Optional<String> first(String text) {
    Matcher matcher = DIRECTIVE.matcher(text);
    for (int place = 0; place < text.length(); place++) {
      char c = text.charAt(place);
      boolean maybe = c == '#' || c == '%' || c == '?';
      if (!maybe || !matcher.region(place, text.length()).lookingAt() || !mayBegin(text, place)) {
        continue;
      }
      String written = matcher.group(1);
      Matcher word = WORD.matcher(written);
      String name = word.find() ? word.group() : "";
      if (!ALLOWED.contains(name) || (name.isEmpty() && !written.isEmpty())) {
        return Optional.of("#" + written);
      }
    }
    return Optional.empty();
  }

  /// Whether nothing but white space stands before a place in its line, or before that the end of a
  /// comment.
  private static boolean mayBegin(String text, int place) {
    int before = place - 1;
    while (before >= 0 && WHITE.indexOf(text.charAt(before)) >= 0) {
      before--;
    }
    return before < 0
        || LINE_ENDS.indexOf(text.charAt(before)) >= 0
        || text.startsWith("*/", before - 1);
  }
}
