package dev.tuckerc.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.conformance.CaseOptions;
import dev.tuckerc.cli.conformance.Conformance;
import dev.tuckerc.cli.conformance.Outcome;
import dev.tuckerc.cli.conformance.Outcome.Status;
import dev.tuckerc.cli.conformance.TestCase;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.ir.PrintableText;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tuckerc conformance`: runs ONNX backend test cases.
@Command(
    name = "conformance",
    description = {
      "Runs ONNX backend test cases: each model.onnx beside test_data_set_* folders of input_*.pb and"
          + " output_*.pb. One line a case: PASS, FAIL with the worst error, UNSUPPORTED with the"
          + " reason; a last line with the counts. Exit code 1 when a case fails.",
      "With --ranks, results are compared with the reference interpreter run on the decomposed graph."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  tuckerc conformance onnx/backend/test/data/node --device reference",
      "  tuckerc conformance models --device emulator --precision fp16",
      "  tuckerc conformance models --ranks fixed=0.5 --json"
    })
final class ConformanceCommand implements Callable<Integer> {
  private final Output output;

  @Parameters(arity = "1..*", paramLabel = "DIR", description = "Folders to search for cases.")
  private List<Path> folders;

  @Mixin private CaseOptions options;

  @Option(
      names = "--jobs",
      paramLabel = "N",
      description = "Worker processes at a time (default: one for each processor, at most 8).")
  private int jobs = Math.min(8, Runtime.getRuntime().availableProcessors());

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "300",
      description = "Time limit of one case (default: 300).")
  private int timeout;

  @Option(
      names = "--only-failures",
      description = "Leave out the lines of cases that pass or are unsupported.")
  private boolean onlyFailures;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  ConformanceCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (jobs < 1 || timeout < 1) {
      throw new CliException(Code.CLI001, "--jobs and --timeout must be at least 1");
    }
    options.check();
    List<TestCase> cases = new ArrayList<>();
    for (Path folder : folders) {
      cases.addAll(TestCase.find(folder));
    }
    Map<Integer, Outcome> outcomes = new TreeMap<>();
    int[] printed = {0};
    try (Progress progress = output.progress("conformance", cases.size())) {
      Conformance.run(
          cases,
          options,
          jobs,
          Duration.ofSeconds(timeout),
          (index, outcome) -> {
            outcomes.put(index, outcome);
            // In the order of the cases, whatever the order in which they finish.
            for (Outcome next = outcomes.get(printed[0]);
                next != null;
                next = outcomes.get(printed[0])) {
              print(cases.get(printed[0]), next);
              printed[0]++;
            }
            progress.step(cases.get(index).name());
          });
    }
    Map<Status, Integer> counts = new EnumMap<>(Status.class);
    for (Status status : Status.values()) {
      counts.put(status, 0);
    }
    outcomes.values().forEach(outcome -> counts.merge(outcome.status(), 1, Integer::sum));
    report(cases, outcomes, counts);
    return outcomes.values().stream().anyMatch(o -> o.status() == Status.FAIL)
        ? ExitCode.MISMATCH
        : ExitCode.OK;
  }

  private void print(TestCase test, Outcome outcome) {
    if (json || (onlyFailures && outcome.status() != Status.FAIL)) {
      return;
    }
    output
        .out()
        .printf(
            "%-11s %s (%.1f s) %s%n",
            outcome.status(),
            PrintableText.of(test.name()),
            outcome.seconds(),
            PrintableText.of(outcome.detail()));
  }

  private void report(
      List<TestCase> cases, Map<Integer, Outcome> outcomes, Map<Status, Integer> counts) {
    if (!json) {
      output
          .out()
          .printf(
              "%d cases: %d PASS, %d FAIL, %d UNSUPPORTED%n",
              cases.size(),
              counts.get(Status.PASS),
              counts.get(Status.FAIL),
              counts.get(Status.UNSUPPORTED));
      return;
    }
    ObjectNode root = Output.object();
    counts.forEach(
        (status, count) -> root.put(status.name().toLowerCase(java.util.Locale.ROOT), count));
    ArrayNode list = root.putArray("cases");
    outcomes.forEach((index, outcome) ->
        list.addObject()
            .put("name", cases.get(index).name())
            .put("status", outcome.status().name())
            .put("seconds", outcome.seconds())
            .put("detail", outcome.detail()));
    output.json(root);
  }
}
