package dev.tuckerc.lab.sanitize;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What compute-sanitizer printed about one run. Its lines start with `=========`: a finding's
/// first line comes right after that, its details are indented, and the last line is the summary.
///
/// @param errors the summary's number of errors; empty where there is no summary, that is, the tool
///   did not get to its end
/// @param warnings the summary's number of warnings (racecheck)
/// @param findings the first ones, each with its details
/// @param problems lines that say that the tool itself, or the program under it, failed
record SanitizerReport(
    OptionalLong errors, long warnings, List<Finding> findings, List<String> problems) {
  /// Findings that are kept; the summary counts all.
  static final int KEPT = 50;

  private static final int KEPT_DETAILS = 12;
  private static final String PREFIX = "=========";
  private static final Pattern ERROR_SUMMARY = Pattern.compile("ERROR SUMMARY: (\\d+) errors?");
  private static final Pattern RACE_SUMMARY =
      Pattern.compile(
          "RACECHECK SUMMARY: \\d+ hazards? displayed \\((\\d+) errors?, (\\d+) warnings?\\)");
  private static final Pattern REMARK =
      Pattern.compile("COMPUTE-SANITIZER.*|LEAK SUMMARY.*|Saved host backtrace.*|.* not printed.*");
  private static final Pattern PROBLEM =
      Pattern.compile(
          "Error: (?!Race reported|Potential).*|Internal (Sanitizer )?Error.*|Target application .*"
              + "|.*(not supported|Unable to|No CUDA|Failed to|didn't track).*",
          Pattern.CASE_INSENSITIVE);

  /// One defect.
  ///
  /// @param headline such as `Invalid __global__ read of size 4 bytes`
  /// @param details kernel, source line, thread and block, address
  record Finding(String headline, List<String> details) {
    Finding {
      details = List.copyOf(details);
    }
  }

  SanitizerReport {
    findings = List.copyOf(findings);
    problems = List.copyOf(problems);
  }

  /// Whether the tool got to its end.
  boolean finished() {
    return errors.isPresent();
  }

  /// Whether it got to its end and found nothing.
  boolean clean() {
    return finished() && errors.getAsLong() == 0 && warnings == 0 && problems.isEmpty();
  }

  /// Reads what was printed; lines without the prefix are the program's own.
  static SanitizerReport parse(List<String> lines) {
    OptionalLong errors = OptionalLong.empty();
    long warnings = 0;
    List<Finding> findings = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    List<String> details = new ArrayList<>();
    String headline = "";
    for (String line : lines) {
      if (!line.startsWith(PREFIX)) {
        continue;
      }
      String content = line.substring(PREFIX.length());
      String text = content.strip();
      if (!headline.isEmpty() && content.startsWith("  ") && !text.isEmpty()) {
        if (details.size() < KEPT_DETAILS) {
          details.add(text);
        }
        continue;
      }
      close(findings, headline, details);
      headline = "";
      Matcher summary = ERROR_SUMMARY.matcher(text);
      Matcher races = RACE_SUMMARY.matcher(text);
      if (summary.matches()) {
        errors = OptionalLong.of(errors.orElse(0) + Long.parseLong(summary.group(1)));
      } else if (races.matches()) {
        errors = OptionalLong.of(errors.orElse(0) + Long.parseLong(races.group(1)));
        warnings += Long.parseLong(races.group(2));
      } else if (PROBLEM.matcher(text).matches()) {
        problems.add(text);
      } else if (!text.isEmpty() && !REMARK.matcher(text).matches()) {
        headline = text;
      }
    }
    close(findings, headline, details);
    return new SanitizerReport(errors, warnings, findings, problems);
  }

  private static void close(List<Finding> findings, String headline, List<String> details) {
    if (!headline.isEmpty() && findings.size() < KEPT) {
      findings.add(new Finding(headline, details));
    }
    details.clear();
  }
}
