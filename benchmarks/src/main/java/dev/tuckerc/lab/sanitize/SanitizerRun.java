package dev.tuckerc.lab.sanitize;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.lab.process.LabProcess;
import dev.tuckerc.lab.results.ResultFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// `lab verify` once under one tool.
///
/// @param tool which
/// @param outcome what came of it
/// @param remark why it failed, or what was found first; may be empty
/// @param seconds it took
/// @param exit exit code of the process
/// @param report what the tool printed
/// @param verified the result that `lab verify` wrote, if it got that far
record SanitizerRun(
    SanitizerTool tool,
    Outcome outcome,
    String remark,
    double seconds,
    int exit,
    SanitizerReport report,
    Optional<ResultFile> verified) {

  /// Exit code that compute-sanitizer is told to use when it found something; none of ours.
  static final int FOUND = 77;

  /// Seconds that starting and ending may take beyond the budget.
  private static final double GRACE_SECONDS = 60;

  /// What came of a run.
  enum Outcome {
    /// The tool got to its end and found nothing.
    CLEAN,
    /// The tool found something.
    FINDINGS,
    /// The tool, or what ran under it, failed.
    FAILED
  }

  /// The command line.
  ///
  /// @param sanitizer compute-sanitizer
  /// @param command the program under it, with its arguments
  static List<String> commandLine(Path sanitizer, SanitizerTool tool, List<String> command) {
    List<String> line = new ArrayList<>();
    line.add(sanitizer.toString());
    line.addAll(List.of("--tool", tool.text()));
    line.addAll(List.of("--target-processes", "all"));
    line.addAll(List.of("--error-exitcode", String.valueOf(FOUND)));
    line.addAll(List.of("--print-limit", String.valueOf(SanitizerReport.KEPT)));
    line.addAll(command);
    return line;
  }

  /// Runs one tool.
  ///
  /// @param kernels glob of kernel cases
  /// @param seconds of the budget; infinity for no limit
  /// @param messages gets what the program prints on standard error
  static SanitizerRun run(
      Path sanitizer,
      SanitizerTool tool,
      String device,
      String kernels,
      double seconds,
      Consumer<String> messages) {
    Path folder = temporaryFolder();
    try {
      List<String> verify = new ArrayList<>(List.of("verify", "--device", device));
      verify.addAll(List.of("--kernels", kernels, "--models", "none", "--emulate", "never"));
      verify.addAll(List.of("--out", folder.toString()));
      if (!Double.isInfinite(seconds)) {
        verify.addAll(List.of("--budget", "%.1f".formatted(Math.max(1, seconds))));
      }
      List<String> lines = Collections.synchronizedList(new ArrayList<>());
      LabProcess.Ended ended =
          LabProcess.run(
              commandLine(sanitizer, tool, LabProcess.commandLine(verify)),
              seconds + GRACE_SECONDS,
              lines::add,
              messages);
      return judge(tool, ended, SanitizerReport.parse(lines), resultIn(folder));
    } finally {
      delete(folder);
    }
  }

  /// What came of a run that ended.
  static SanitizerRun judge(
      SanitizerTool tool,
      LabProcess.Ended ended,
      SanitizerReport report,
      Optional<ResultFile> verified) {
    Outcome outcome;
    String remark = "";
    long errors = report.errors().orElse(0);
    if (ended.pastLimit()) {
      outcome = Outcome.FAILED;
      remark = "ended because it ran past its time";
    } else if (errors + report.warnings() > 0 || !report.findings().isEmpty()) {
      outcome = Outcome.FINDINGS;
      remark = report.findings().isEmpty() ? "" : report.findings().getFirst().headline();
    } else if (report.clean() && ended.exit() == ExitCode.OK) {
      outcome = Outcome.CLEAN;
    } else {
      outcome = Outcome.FAILED;
      remark = reason(ended, report);
    }
    return new SanitizerRun(tool, outcome, remark, ended.seconds(), ended.exit(), report, verified);
  }

  private static String reason(LabProcess.Ended ended, SanitizerReport report) {
    if (!report.problems().isEmpty()) {
      return report.problems().getFirst();
    }
    if (ended.error().isPresent()) {
      return ended.error().get().message();
    }
    if (!report.finished()) {
      return "compute-sanitizer printed no summary, exit code " + ended.exit();
    }
    return ended.exit() == ExitCode.MISMATCH
        ? "no finding, but results differ from the reference: see lab verify"
        : "exit code " + ended.exit();
  }

  /// Cases that were run.
  int cases() {
    return verified.map(result -> result.data().path("results").size()).orElse(0);
  }

  /// Cases that were left out for lack of time.
  List<String> leftOut() {
    List<String> steps = new ArrayList<>();
    verified.ifPresent(result -> {
      for (JsonNode step : result.data().path("budget").path("leftOut")) {
        steps.add(step.asText());
      }
    });
    return steps;
  }

  /// Writes the fields of a run.
  void addTo(ObjectNode node) {
    node.put("tool", tool.text());
    node.put("outcome", outcome.name().toLowerCase(java.util.Locale.ROOT));
    node.put("remark", remark);
    node.put("seconds", seconds);
    node.put("exit", exit);
    if (report.finished()) {
      node.put("errors", report.errors().getAsLong());
    } else {
      node.putNull("errors");
    }
    node.put("warnings", report.warnings());
    node.put("cases", cases());
    ArrayNode left = node.putArray("leftOut");
    leftOut().forEach(left::add);
    ArrayNode list = node.putArray("findings");
    for (SanitizerReport.Finding finding : report.findings()) {
      ObjectNode item = list.addObject();
      item.put("headline", finding.headline());
      finding.details().forEach(item.putArray("details")::add);
    }
    report.problems().forEach(node.putArray("problems")::add);
  }

  private static Optional<ResultFile> resultIn(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".json"))
          .findFirst()
          .map(ResultFile::read);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Path temporaryFolder() {
    try {
      return Files.createTempDirectory("sanitize");
    } catch (IOException e) {
      throw new CliException(
          CliException.Code.CLI003,
          System.getProperty("java.io.tmpdir") + ": cannot be written (" + e.getMessage() + ")",
          e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + folder, e);
    }
  }
}
