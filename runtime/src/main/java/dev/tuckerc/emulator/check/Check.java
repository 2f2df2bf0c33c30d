package dev.tuckerc.emulator.check;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
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
    EnumSet<Check> checks = EnumSet.noneOf(Check.class);
    List<String> asked = Arrays.stream(text.split(",", -1)).map(String::strip).toList();
    for (String word : asked) {
      if (word.equals("all")) {
        checks.addAll(ALL);
      } else if (!word.equals("none")) {
        checks.add(of(word));
      }
    }
    if (asked.contains("none") && !checks.isEmpty()) {
      throw new IllegalArgumentException("'none' goes with no other check");
    }
    return Collections.unmodifiableSet(checks);
  }

  private static Check of(String word) {
    return Arrays.stream(values())
        .filter(check -> check.word().equals(word))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "no check '" + word + "'; there are all, none, " + words()));
  }

  private static String words() {
    return Arrays.stream(values()).map(Check::word).collect(Collectors.joining(", "));
  }
}
