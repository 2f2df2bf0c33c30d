package dev.tuckerc.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Turns NVRTC's log into a message: each error with the three source lines around it.
final class CompileErrors {
  private static final int MOST_ERRORS = 10;

  /// What every architecture grants a block without an opt-in, and so without `extern`.
  private static final int MOST_STATIC_SHARED_BYTES = 48 << 10;

  private static final Pattern LOCATED =
      Pattern.compile("^(.+)\\((\\d+)\\): ((?:catastrophic )?error.*)$");

  private CompileErrors() {}

  /// @param name source file name, as given to the compiler
  /// @param error NVRTC's name of the failure
  static String describe(
      String name, String architecture, String source, String error, String log) {
    List<String> lines = source.lines().toList();
    StringBuilder text = new StringBuilder();
    text.append(name).append(" does not compile for ").append(architecture);
    text.append(" (").append(error).append(")");
    int located = 0;
    List<String> others = new ArrayList<>();
    for (String logLine : log.lines().toList()) {
      Matcher m = LOCATED.matcher(logLine);
      if (m.matches() && m.group(1).equals(name)) {
        located++;
        if (located <= MOST_ERRORS) {
          text.append("\n").append(logLine);
          appendSource(text, lines, Integer.parseInt(m.group(2)));
        }
      } else if (isOtherError(logLine)) {
        others.add(logLine);
      }
    }
    if (located > MOST_ERRORS) {
      text.append("\n... and ").append(located - MOST_ERRORS).append(" more errors");
    }
    // ptxas refuses this without a word, after a report that looks like success.
    PtxasReport.parse(log)
        .forEach((entry, resources) -> {
          if (resources.sharedBytes() > MOST_STATIC_SHARED_BYTES) {
            others.add(
                "%s declares %d bytes of static shared memory, more than %d; declare it extern (dynamic)"
                    .formatted(entry, resources.sharedBytes(), MOST_STATIC_SHARED_BYTES));
          }
        });
    others.stream().limit(MOST_ERRORS).forEach(line -> text.append("\n").append(line));
    if (located == 0 && others.isEmpty() && !log.isBlank()) {
      text.append("\n").append(log.strip());
    }
    return text.toString();
  }

  /// Errors of ptxas and of the option parser carry no source line.
  private static boolean isOtherError(String line) {
    return (line.contains("error") || line.contains("fatal"))
        && !line.contains("detected in the compilation");
  }

  private static void appendSource(StringBuilder text, List<String> lines, int number) {
    int width = String.valueOf(number + 1).length();
    for (int i = number - 1; i <= number + 1; i++) {
      if (i >= 1 && i <= lines.size()) {
        text.append("\n  ").append(i == number ? ">" : " ").append(" ");
        text.append(("%" + width + "d").formatted(i)).append(" | ").append(lines.get(i - 1));
      }
    }
  }
}
