package dev.tuckerc.bundle;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads from PTX text how many pointers an entry point takes. A wrong number of arguments would
/// not be noticed by a GPU: it would read addresses from whatever lies there.
final class PtxEntry {
  private static final Pattern POINTER = Pattern.compile("\\.param\\s+\\.[bu]64\\b");
  private static final Pattern PARAMETER = Pattern.compile("\\.param\\b");

  private PtxEntry() {}

  /// @return number of pointer parameters; empty when there is no such entry point or one of its
  ///   parameters is not 64 bits wide
  static OptionalInt pointers(String ptx, String entryPoint) {
    Matcher entry =
        Pattern.compile("\\.entry\\s+" + Pattern.quote(entryPoint) + "(?![\\w$])\\s*(\\()?")
            .matcher(ptx);
    if (!entry.find()) {
      return OptionalInt.empty();
    }
    if (entry.group(1) == null) {
      return OptionalInt.of(0);
    }
    int end = ptx.indexOf(')', entry.end());
    if (end < 0) {
      return OptionalInt.empty();
    }
    String parameters = ptx.substring(entry.end(), end);
    long all = PARAMETER.matcher(parameters).results().count();
    long pointers = POINTER.matcher(parameters).results().count();
    return all == pointers ? OptionalInt.of((int) all) : OptionalInt.empty();
  }
}
