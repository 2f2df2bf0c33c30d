package dev.tuckerc.cli.tensors;

import java.util.function.Predicate;

/// Where an option's `NAME=VALUE` divides, as both may hold further `=`.
public final class Assignment {
  private Assignment() {}

  /// The first `=` behind which everything is a value; where there is none, the first of all.
  ///
  /// @return its position, or -1
  public static int split(String text, Predicate<String> isValue) {
    for (int at = text.indexOf('='); at >= 0; at = text.indexOf('=', at + 1)) {
      if (isValue.test(text.substring(at + 1))) {
        return at;
      }
    }
    return text.indexOf('=');
  }
}
