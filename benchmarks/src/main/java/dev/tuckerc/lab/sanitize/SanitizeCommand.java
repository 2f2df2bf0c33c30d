package dev.tuckerc.lab.sanitize;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.execute.DeviceSelector;
import dev.tuckerc.lab.Budget;
import dev.tuckerc.lab.LabOptions;
import dev.tuckerc.lab.results.ChildProcess;
import dev.tuckerc.lab.results.CudaTools;
import dev.tuckerc.lab.results.Environment;
import dev.tuckerc.lab.results.Table;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `lab sanitize`: the kernels under NVIDIA's compute-sanitizer.
@Command(
    name = "sanitize",
    description =
        "Runs 'lab verify' on the GPU under compute-sanitizer, once with each of its tools:"
            + " memcheck, racecheck, synccheck, initcheck.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lab sanitize --budget 300",
      "  lab sanitize --tools memcheck --kernels 'gemm.mma/*'",
      "  lab sanitize --compute-sanitizer /opt/cuda/bin/compute-sanitizer"
    })
public final class SanitizeCommand implements Callable<Integer> {
  private static final String PROGRAM = "compute-sanitizer";

  private final Output output;

  @Mixin private LabOptions options = new LabOptions();

  @Option(
      names = "--kernels",
      paramLabel = "GLOB",
      defaultValue = "*",
      description = "Kernel cases by name, as for 'lab verify' (default: all).")
  private String kernels = "*";

  @Option(
      names = "--tools",
      paramLabel = "LIST",
      split = ",",
      description = "Tools to run, in this order: ${COMPLETION-CANDIDATES} (default: all of them).")
  private List<SanitizerTool> tools = List.of(SanitizerTool.values());

  @Option(
      names = "--compute-sanitizer",
      paramLabel = "PATH",
      description = "The program (default: on the PATH, else below /usr/local/cuda*).")
  private @Nullable Path named;

  /// @param output where results and notes go
  public SanitizeCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() {
    Budget budget = options.budget();
    Path sanitizer = sanitizer();
    String device = options.device().equals("auto") ? "cuda" : options.device();
    Environment environment = environment(device);
    List<SanitizerRun> runs = new ArrayList<>();
    for (int i = 0; i < tools.size(); i++) {
      SanitizerTool tool = tools.get(i);
      if (!budget.allows(tool.text())) {
        continue;
      }
      double seconds =
          budget.isUnlimited()
              ? Double.POSITIVE_INFINITY
              : budget.remainingSeconds() / (tools.size() - i);
      output.note("running the kernel cases under " + tool.text());
      SanitizerRun run = SanitizerRun.run(sanitizer, tool, device, kernels, seconds, this::message);
      run.leftOut().forEach(step -> budget.leaveOut(tool.text() + " " + step));
      runs.add(run);
    }
    ObjectNode data = Output.object();
    data.put("computeSanitizer", sanitizer.toString());
    data.put("version", version(sanitizer));
    ArrayNode list = data.putArray("runs");
    runs.forEach(run -> run.addTo(list.addObject()));
    options.publish(output, "sanitize", environment, data, out -> print(runs, out));
    if (runs.stream().anyMatch(run -> run.outcome() == SanitizerRun.Outcome.FINDINGS)) {
      return ExitCode.MISMATCH;
    }
    boolean failed = runs.stream().anyMatch(run -> run.outcome() == SanitizerRun.Outcome.FAILED);
    return failed ? ExitCode.DEVICE : ExitCode.OK;
  }

  private void message(String line) {
    if (!output.quiet()) {
      output.err().println(line);
    }
  }

  private static void print(List<SanitizerRun> runs, PrintStream out) {
    Table table = new Table("tool", "outcome", "errors", "warnings", "cases", "seconds", "remark");
    for (SanitizerRun run : runs) {
      table.row(
          run.tool().text(),
          run.outcome().name().toLowerCase(Locale.ROOT),
          run.report().finished() ? run.report().errors().getAsLong() : "-",
          run.report().warnings(),
          run.cases(),
          "%.1f".formatted(run.seconds()),
          run.remark());
    }
    table.print(out);
    for (SanitizerRun run : runs) {
      for (SanitizerReport.Finding finding : run.report().findings()) {
        out.println();
        out.println(run.tool().text() + ": " + finding.headline());
        finding.details().forEach(line -> out.println("    " + line));
      }
    }
  }

  /// The device is closed again: a GPU may be set to serve one process at a time.
  private Environment environment(String name) {
    DeviceSelector.Selection selection = DeviceSelector.standard().select(name);
    try (Device device = selection.device()) {
      if (device.info().kind() != DeviceInfo.Kind.CUDA) {
        throw new CliException(
            Code.CLI001,
            "--device "
                + name
                + ": compute-sanitizer watches GPUs only; the emulator has checks of its own, see"
                + " 'tuckerc run --help'");
      }
      return options.environment(selection);
    }
  }

  private Path sanitizer() {
    if (named != null) {
      if (!Files.isExecutable(named) || Files.isDirectory(named)) {
        throw new CliException(
            Code.CLI012, "--compute-sanitizer " + named + ": is no program; check the path");
      }
      return named;
    }
    return CudaTools.find(PROGRAM)
        .orElseThrow(() ->
            new CliException(
                Code.CLI012,
                PROGRAM
                    + " is neither "
                    + CudaTools.PLACES
                    + "; it comes with the CUDA toolkit: name it with --compute-sanitizer PATH"));
  }

  private static String version(Path sanitizer) {
    Optional<ChildProcess.Result> answer =
        ChildProcess.capture(sanitizer, List.of("--version"), Duration.ofSeconds(20));
    return answer
        .flatMap(result -> result.out().lines().filter(line -> line.contains("ersion")).findFirst())
        .orElse("not known");
  }
}
