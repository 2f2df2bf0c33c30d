package dev.tuckerc.lab.report;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import java.nio.file.Path;

/// The place in a Markdown file that is written by `lab report`.
final class Markers {
  static final String BEGIN = "<!-- performance:begin -->";
  static final String END = "<!-- performance:end -->";

  private Markers() {}

  /// The text with the part between the markers replaced.
  ///
  /// @param file for messages
  /// @throws CliException when there is not exactly one pair of markers, each on a line of its own
  static String replace(Path file, String text, String section) {
    int begin = only(file, text, BEGIN);
    int end = only(file, text, END);
    if (end < begin) {
      throw new CliException(
          Code.CLI002, file + ": '" + END + "' comes before '" + BEGIN + "'; put it behind");
    }
    return text.substring(0, begin + BEGIN.length()) + "\n" + section + text.substring(end);
  }

  private static int only(Path file, String text, String marker) {
    int at = text.indexOf(marker);
    if (at < 0) {
      throw new CliException(
          Code.CLI002,
          file + ": has no line '" + marker + "'; add one where the figures are to stand");
    }
    if (text.indexOf(marker, at + 1) >= 0) {
      throw new CliException(
          Code.CLI002, file + ": has the line '" + marker + "' more than once; keep one");
    }
    return at;
  }
}
