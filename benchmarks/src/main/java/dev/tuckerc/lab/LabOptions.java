package dev.tuckerc.lab;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.options.TargetOption;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.DeviceFile;
import dev.tuckerc.cost.Kinship;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.cuda.KernelCache;
import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.execute.DeviceSelector;
import dev.tuckerc.lab.results.Outcome;
import dev.tuckerc.lab.results.ResultLog;
import dev.tuckerc.lab.worker.CaseRunner;
import dev.tuckerc.lab.worker.Deadline;
import dev.tuckerc.lab.worker.Supervisor;
import dev.tuckerc.lab.worker.Worker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Options of the commands that work on a device, and how such a command runs: this process hands
/// cases to a worker process, which is the same command with the option `--worker`.
public final class LabOptions {
  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "auto",
      description =
          "auto (a GPU if there is one, else the emulator), cuda, cuda:1, or emulator (default:"
              + " ${DEFAULT-VALUE}).")
  private String device = "auto";

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "Begin no case after this time, and end the one under way (default: no limit).")
  private @Nullable Double seconds;

  @Option(
      names = "--case-seconds",
      paramLabel = "N",
      defaultValue = "30",
      description =
          "End the process of a case that takes longer, and go on with the next (default:"
              + " ${DEFAULT-VALUE}).")
  private double caseSeconds = 30;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "tuckerc-results",
      description =
          "Folder for results, made if missing: a file KIND.jsonl, to which a second run is"
              + " appended (default: ${DEFAULT-VALUE}).")
  private Path out = Path.of("tuckerc-results");

  @Option(
      names = "--target",
      paramLabel = "TARGET",
      description =
          "Generate code for this GPU: h200, sm_80, or a device file as 'lab calibrate' writes it"
              + " (default: the GPU in use; without one, h200).")
  private @Nullable String target;

  @Option(names = "--resume", description = "Leave out the cases that the file of results has.")
  private boolean resume;

  @Option(names = "--worker", hidden = true, description = "Be the worker process.")
  private boolean worker;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  private @Nullable NvrtcCompiler compiler;
  private @Nullable Deadline deadline;

  /// Every compiler that this process makes afterwards uses the library.
  @Option(
      names = "--nvrtc",
      paramLabel = "PATH",
      description =
          "Compile with this libnvrtc.so.12 or .13 in place of the one that comes with tuckerc"
              + " (also: TUCKERC_NVRTC).")
  private void setNvrtc(@Nullable Path path) {
    if (path != null) {
      System.setProperty(NvrtcCompiler.LIBRARY_PROPERTY, path.toString());
    }
  }

  /// A GPU that code is generated for.
  ///
  /// @param file its figures with their sources
  /// @param description the same, as the compiler reads it
  public record Target(DeviceFile file, DeviceDescription description) {}

  /// Opens the device asked for; the process ends with it.
  public DeviceSelector.Selection openDevice() {
    return DeviceSelector.standard().select(device);
  }

  /// Whether cases will run on the emulator. No device is opened to find out.
  public boolean emulated() {
    boolean gpu =
        DeviceSelector.standard().kinds().stream()
            .flatMap(kind -> kind.devices().stream())
            .anyMatch(d -> d.kind() == DeviceInfo.Kind.CUDA);
    return device.startsWith("emulator") || (device.equals("auto") && !gpu);
  }

  /// Folder for results.
  public Path out() {
    return out;
  }

  /// The kernel compiler asked for, without a cache.
  public NvrtcCompiler compiler() {
    if (compiler == null) {
      compiler = NvrtcCompiler.create();
    }
    return compiler;
  }

  /// The kernel compiler asked for, with this user's cache.
  public CachedKernelCompiler cachedCompiler() {
    return new CachedKernelCompiler(compiler(), KernelCache.standard());
  }

  /// What code is generated for.
  ///
  /// @param info the device in use
  public Target target(DeviceInfo info) {
    boolean gpu = info.kind() == DeviceInfo.Kind.CUDA;
    String wanted = target != null ? target : gpu ? "host" : TargetOption.DEFAULT;
    DeviceDescription description =
        TargetOption.parse(wanted, () -> gpu ? Optional.of(info) : Optional.empty());
    Path path = Path.of(wanted);
    DeviceFile file =
        Files.exists(path)
            ? DeviceFile.read(path)
            : Kinship.of(description.name(), description.computeCapability())
                .map(kin -> DeviceFile.shipped(kin.shipped()))
                .orElseThrow();
    return new Target(file, description);
  }

  /// Runs cases, in worker processes; or, in such a process, answers.
  ///
  /// @param kind of result
  /// @param cases by name
  /// @param runner made in a worker process only
  /// @param results gets the line of each case
  /// @return the exit code
  public int run(
      Output output,
      String kind,
      List<String> cases,
      Supplier<CaseRunner> runner,
      Consumer<ObjectNode> results) {
    if (worker) {
      Worker.serve(runner.get());
      return 0;
    }
    if (!(caseSeconds > 0) || (seconds != null && !(seconds > 0))) {
      throw new CliException(
          Code.CLI001, "--seconds and --case-seconds: write seconds above 0, such as 30");
    }
    return supervise(output, kind, cases, false, results);
  }

  /// Runs cases in worker processes on the emulator, whatever the device of this command is.
  public void onEmulator(Output output, String kind, List<String> cases) {
    supervise(output, kind, cases, true, line -> {});
  }

  private int supervise(
      Output output,
      String kind,
      List<String> cases,
      boolean onEmulator,
      Consumer<ObjectNode> results) {
    ResultLog log = new ResultLog(out, kind);
    List<String> left = new ArrayList<>(cases);
    if (resume && Files.exists(log.file())) {
      Set<String> known = new HashSet<>();
      ResultLog.read(log.file()).stream()
          .filter(line -> !line.path("outcome").asText().equals(Outcome.LEFT_OUT.word()))
          .forEach(line -> known.add(line.path("name").asText()));
      left.removeIf(known::contains);
    }
    if (deadline == null) {
      deadline = seconds == null ? Deadline.NONE : Deadline.in(seconds);
    }
    Duration limit = Duration.ofMillis((long) (caseSeconds * 1000));
    try (Supervisor supervisor =
        new Supervisor(
            Lab.class, arguments(onEmulator), limit, deadline, log, line -> note(output, line))) {
      supervisor.run(left, results);
      output.out().println(kind + ": " + summary(supervisor) + "; " + log.file());
      return Outcome.exitOf(supervisor.outcomes().keySet());
    }
  }

  /// What a worker says on standard error is passed on as it is.
  private static void note(Output output, String line) {
    if (!output.quiet()) {
      output.err().println(line);
    }
  }

  private static String summary(Supervisor supervisor) {
    List<String> parts = new ArrayList<>();
    supervisor.outcomes().forEach((outcome, count) -> parts.add(count + " " + outcome.word()));
    return parts.isEmpty() ? "nothing to do" : String.join(", ", parts);
  }

  /// This command line, for a worker.
  private List<String> arguments(boolean onEmulator) {
    if (spec == null) {
      throw new IllegalStateException("the options are of no command");
    }
    List<String> arguments =
        new ArrayList<>(spec.root().commandLine().getParseResult().originalArgs());
    if (onEmulator) {
      int at = arguments.indexOf("--device");
      if (at >= 0) {
        arguments.subList(at, at + 2).clear();
      }
      arguments.removeIf(argument -> argument.startsWith("--device="));
      arguments.addAll(List.of("--device", "emulator"));
    }
    arguments.add("--worker");
    return arguments;
  }
}
