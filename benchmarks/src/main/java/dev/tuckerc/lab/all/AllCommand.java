package dev.tuckerc.lab.all;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.execute.DeviceSelector;
import dev.tuckerc.lab.Budget;
import dev.tuckerc.lab.LabOptions;
import dev.tuckerc.lab.all.StepResult.Outcome;
import dev.tuckerc.lab.process.LabProcess;
import dev.tuckerc.lab.results.Environment;
import dev.tuckerc.lab.results.ResultFile;
import dev.tuckerc.lab.results.Table;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `lab all`: every step in the best order, each in a process of its own.
@Command(
    name = "all",
    description = {
      "Runs every step within one budget (default: 1500 seconds) and goes on after a step that"
          + " fails: doctor (2 % of the time), calibrate (4), verify (24), bench (34), peers (24),"
          + " sanitize (12). What a step leaves over goes to the others."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  lab all --budget 600 --out results",
      "  lab all --skip peers,sanitize",
      "  lab all --device emulator --quick --budget 120"
    })
public final class AllCommand implements Callable<Integer> {
  private static final double DEFAULT_SECONDS = 1500;

  /// A step that keeps its budget ends within this time after it.
  private static final double GRACE_SECONDS = 30;

  /// No step is started with less.
  private static final double LEAST_SECONDS = 1;

  private final Output output;

  @Mixin private LabOptions options = new LabOptions();

  @Option(
      names = "--skip",
      paramLabel = "LIST",
      split = ",",
      description = "Steps to leave out: ${COMPLETION-CANDIDATES}.")
  private Set<Step> skip = EnumSet.noneOf(Step.class);

  @Option(
      names = "--quick",
      description = "Small subsets in verify and bench, to try the laboratory out.")
  private boolean quick;

  /// @param output where results and notes go
  public AllCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() {
    Budget given = options.budget();
    Budget budget = given.isUnlimited() ? Budget.ofSeconds(DEFAULT_SECONDS) : given;
    FilesIo.createFolder(options.out());
    List<StepResult> results = new ArrayList<>();
    List<Step> toCome = new ArrayList<>(List.of(Step.values()));
    toCome.removeAll(skip);
    boolean emulated = isEmulated();
    toCome.removeIf(step -> emulated && step.needsGpu());
    for (Step step : Step.values()) {
      results.add(run(step, toCome, emulated, budget));
      toCome.remove(step);
    }
    publish(results, budget);
    return StepResult.exitOf(results);
  }

  private StepResult run(Step step, List<Step> toCome, boolean emulated, Budget budget) {
    if (skip.contains(step)) {
      return StepResult.notStarted(step, Outcome.LEFT_OUT, "--skip");
    }
    if (emulated && step.needsGpu()) {
      return StepResult.notStarted(step, Outcome.LEFT_OUT, "needs a GPU");
    }
    if (!budget.allows(step.command(), LEAST_SECONDS)) {
      return StepResult.notStarted(step, Outcome.LEFT_OUT, "no time left");
    }
    double seconds = budget.remainingSeconds() * step.shareAmong(toCome);
    output.note("%s, up to %.0f s".formatted(step.command(), seconds));
    Set<Path> before = files();
    LabProcess.Ended ended =
        LabProcess.run(
            LabProcess.commandLine(arguments(step, seconds)),
            seconds + GRACE_SECONDS,
            options.json() ? this::message : output.out()::println,
            this::message);
    Set<Path> written = files();
    written.removeAll(before);
    return StepResult.of(step, ended, seconds, List.copyOf(written));
  }

  /// Whether the steps will run on the emulator. No device is opened to find out.
  private boolean isEmulated() {
    boolean gpu =
        DeviceSelector.standard().kinds().stream()
            .flatMap(kind -> kind.devices().stream())
            .anyMatch(device -> device.kind() == DeviceInfo.Kind.CUDA);
    return options.device().startsWith("emulator") || (options.device().equals("auto") && !gpu);
  }

  private List<String> arguments(Step step, double seconds) {
    List<String> arguments = new ArrayList<>(List.of(step.command()));
    arguments.addAll(List.of("--device", options.device()));
    arguments.addAll(List.of("--budget", "%.1f".formatted(seconds)));
    arguments.addAll(List.of("--out", options.out().toString()));
    if (quick && (step == Step.VERIFY || step == Step.BENCH)) {
      arguments.add("--quick");
    }
    if (output.quiet()) {
      arguments.add("--quiet");
    }
    return arguments;
  }

  private void message(String line) {
    if (!output.quiet()) {
      output.err().println(line);
    }
  }

  private void publish(List<StepResult> results, Budget budget) {
    ObjectNode data = Output.object();
    ArrayNode list = data.putArray("steps");
    results.forEach(result -> result.addTo(list.addObject()));
    Optional<Environment> environment = environment(results);
    if (environment.isEmpty()) {
      print(results, output.out());
      output.note("no step wrote a result, so there is no summary file");
      return;
    }
    budget.addTo(data);
    ResultFile result = new ResultFile("all", environment.get(), data);
    Path file = ResultFile.write(options.out(), "all", result.environment(), data);
    if (options.json()) {
      output.json(result.toJson());
    } else {
      print(results, output.out());
    }
    output.note("result in " + file);
  }

  private static void print(List<StepResult> results, PrintStream out) {
    Table table = new Table("step", "outcome", "seconds", "of", "result or reason");
    for (StepResult result : results) {
      String files =
          String.join(" ", result.files().stream().map(f -> f.getFileName().toString()).toList());
      table.row(
          result.step().command(),
          result.outcomeText(),
          "%.1f".formatted(result.seconds()),
          "%.1f".formatted(result.budgetSeconds()),
          Stream.of(files, result.remark())
              .filter(text -> !text.isEmpty())
              .reduce((a, b) -> a + "; " + b)
              .orElse(""));
    }
    out.println();
    table.print(out);
  }

  /// The machine as the steps found it. Not asked for here: a GPU may be set to serve one process
  /// at a time, and may no longer answer after a fault.
  private static Optional<Environment> environment(List<StepResult> results) {
    return results.stream()
        .flatMap(result -> result.files().stream())
        .findFirst()
        .map(file -> at(ResultFile.read(file).environment()));
  }

  private static Environment at(Environment found) {
    return new Environment(
        Instant.now().truncatedTo(ChronoUnit.SECONDS),
        found.version(),
        found.commit(),
        found.device(),
        found.nvrtc(),
        found.host(),
        found.clocks());
  }

  /// Results in the folder.
  private Set<Path> files() {
    try (Stream<Path> files = Files.list(options.out())) {
      Set<Path> results = new TreeSet<>();
      files
          .filter(file -> file.toString().endsWith(".json"))
          .filter(file -> !String.valueOf(file.getFileName()).startsWith("."))
          .forEach(results::add);
      return results;
    } catch (IOException e) {
      throw new CliException(
          Code.CLI002, options.out() + ": cannot be listed (" + e.getMessage() + ")", e);
    }
  }
}
