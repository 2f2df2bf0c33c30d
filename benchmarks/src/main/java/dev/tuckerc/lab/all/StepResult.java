package dev.tuckerc.lab.all;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.lab.process.LabProcess;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// What came of a step.
///
/// @param step which
/// @param outcome what came of it
/// @param exit exit code of its process; -1 where none was started
/// @param seconds it took
/// @param budgetSeconds it was given
/// @param remark why it did not end well; may be empty
/// @param files results that it wrote
record StepResult(
    Step step,
    Outcome outcome,
    int exit,
    double seconds,
    double budgetSeconds,
    String remark,
    List<Path> files) {

  /// What came of a step.
  enum Outcome {
    DONE,
    /// It ran, and results differ from the reference or a tool found something.
    DIFFERS,
    FAILED,
    /// This machine lacks what the step needs.
    MISSING,
    /// Not started: left out by option, or no time was left.
    LEFT_OUT
  }

  StepResult {
    files = List.copyOf(files);
  }

  /// A step that was not started.
  static StepResult notStarted(Step step, Outcome outcome, String remark) {
    return new StepResult(step, outcome, -1, 0, 0, remark, List.of());
  }

  /// A step whose process ended.
  static StepResult of(Step step, LabProcess.Ended ended, double budgetSeconds, List<Path> files) {
    Outcome outcome;
    String remark = ended.error().map(LabProcess.Error::message).orElse("");
    if (ended.pastLimit()) {
      outcome = Outcome.FAILED;
      remark = "ended because it ran past its time";
    } else if (ended.exit() == ExitCode.OK) {
      outcome = Outcome.DONE;
      remark = "";
    } else if (ended.exit() == ExitCode.MISMATCH) {
      outcome = Outcome.DIFFERS;
    } else if (ended.error().filter(error -> error.code().equals("CLI012")).isPresent()) {
      outcome = Outcome.MISSING;
    } else {
      outcome = Outcome.FAILED;
      remark = remark.isEmpty() ? "exit code " + ended.exit() : remark;
    }
    return new StepResult(
        step, outcome, ended.exit(), ended.seconds(), budgetSeconds, remark, files);
  }

  /// The exit code of all steps together: 1 if a result differs, else 4 if a step failed, else 0.
  /// What the machine lacks and what was left out are told, and are no failure.
  static int exitOf(List<StepResult> results) {
    if (results.stream().anyMatch(result -> result.outcome() == Outcome.DIFFERS)) {
      return ExitCode.MISMATCH;
    }
    boolean failed = results.stream().anyMatch(result -> result.outcome() == Outcome.FAILED);
    return failed ? ExitCode.DEVICE : ExitCode.OK;
  }

  /// The outcome in words.
  String outcomeText() {
    return outcome.name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  /// Writes the fields of a step.
  void addTo(ObjectNode node) {
    node.put("step", step.command());
    node.put("outcome", outcomeText());
    node.put("exit", exit);
    node.put("seconds", seconds);
    node.put("budgetSeconds", budgetSeconds);
    node.put("remark", remark);
    var list = node.putArray("files");
    files.forEach(file -> list.add(String.valueOf(file.getFileName())));
  }
}
