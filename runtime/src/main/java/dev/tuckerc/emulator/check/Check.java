package dev.tuckerc.emulator.check;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// A class of defects that the emulator finds on request. Each slows kernels down, so all are off
/// by default.
public enum Check {
  /// Reads of memory that nothing has written.
  INITIALIZATION,
  /// Two threads access the same place, one of them writes, and nothing orders them.
  RACES,
  /// A barrier that only some threads of a warp reach, or that threads reach by different ways.
  BARRIERS,
  /// Data of asynchronous copies is read before the copy was waited for: it becomes visible only
  /// then.
  ASYNC_COPIES,
  /// Results that depend on the order of warps and blocks: both run in a random order.
  ORDER,
  /// Work before `griddepcontrol.wait` that needs the kernels before: it runs before they do.
  EARLY_START;

  /// All of them.
  public static final Set<Check> ALL = Collections.unmodifiableSet(EnumSet.allOf(Check.class));

  /// Those that need a record of what happens to each byte of memory.
  static final Set<Check> MEMORY = Set.of(INITIALIZATION, RACES, ASYNC_COPIES);

  /// The name on the command line, such as `async-copies`.
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /// Reads `all`, `none`, or names separated by commas.
  ///
  /// @throws IllegalArgumentException naming the word that is none of them
  public static Set<Check> parse(String text) {
    if (text.equals("all")) {
      return ALL;
    }
    if (text.equals("none")) {
      return Set.of();
    }
    EnumSet<Check> checks = EnumSet.noneOf(Check.class);
    for (String word : text.split(",", -1)) {
      checks.add(
          Arrays.stream(values())
              .filter(check -> check.word().equals(word.strip()))
              .findFirst()
              .orElseThrow(() ->
                  new IllegalArgumentException(
                      "no check '" + word + "'; there are all, none, " + words())));
    }
    return Collections.unmodifiableSet(checks);
  }

  private static String words() {
    return Arrays.stream(values()).map(Check::word).collect(Collectors.joining(", "));
  }
}
