package dev.tuckerc.lab.peers;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.options.TargetOption;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.execute.DeviceSelector;
import dev.tuckerc.lab.Budget;
import dev.tuckerc.lab.LabOptions;
import dev.tuckerc.lab.grid.TdcLayers;
import dev.tuckerc.lab.models.ModelCase;
import dev.tuckerc.lab.peers.PeersScript.Run;
import dev.tuckerc.lab.results.Environment;
import dev.tuckerc.lab.results.ResultFile;
import dev.tuckerc.zoo.Zoo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `lab peers`: what PyTorch and cuDNN make of the same models and layers.
@Command(
    name = "peers",
    description =
        "Measures the strongest forms of the same models and layers in PyTorch and cuDNN on the"
            + " GPU: CUDA graphs, channels-last, folded normalisation, fused ReLU, every precision,"
            + " torch.compile. Their outputs are compared with the reference interpreter's. Needs"
            + " a Python with PyTorch: TUCKERC_PYTHON, or one on the PATH.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lab peers --device cuda --budget 600",
      "  lab peers --models resnet18 --ranks tdc --precisions fp16",
      "  lab peers --device emulator --models resnet20 --ranks fixed=0.5 --samples 5 --tiny"
    })
public final class PeersCommand implements Callable<Integer> {
  /// Seconds that the script gets beyond its budget to finish the step it is in. What it had saved
  /// by then is used; `lab all` gives a step longer than this.
  private static final double GRACE_SECONDS = 15;

  private static final String DEFAULT_MODELS = "resnet18,vgg16_bn,resnet50,densenet121";

  private final Output output;

  @Mixin private LabOptions options = new LabOptions();

  @Option(
      names = "--models",
      paramLabel = "LIST",
      defaultValue = DEFAULT_MODELS,
      description =
          "Networks of the zoo, separated by commas; or all, or none (default: ${DEFAULT-VALUE}).")
  private String models = DEFAULT_MODELS;

  @Option(
      names = "--ranks",
      paramLabel = "LIST",
      split = ",",
      defaultValue = "tdc,fixed=0.5",
      description =
          "Ranks of the decomposed forms: tdc (those that TDC publishes), fixed=FRACTION,"
              + " energy=SHARE, none (default: ${DEFAULT-VALUE}).")
  private List<String> ranks = List.of();

  @Option(
      names = "--precisions",
      paramLabel = "LIST",
      defaultValue = "fp16,fp32,tf32,bf16",
      description = "Precisions (default: ${DEFAULT-VALUE}).")
  private String precisions = "";

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "200",
      description = "Samples of each time (default: ${DEFAULT-VALUE}).")
  private int samples;

  @Option(names = "--tiny", description = "Layers of at most 8x8x8: to try the script.")
  private boolean tiny;

  @Option(
      names = "--only",
      paramLabel = "GLOB",
      description = "Only the steps whose label fits, such as '*fp16*graph'.")
  private @Nullable String only;

  @Option(
      names = "--script",
      paramLabel = "FILE",
      description = "peers.py, where it is not in the kit or beside the sources.")
  private @Nullable Path script;

  @Option(
      names = "--work",
      paramLabel = "DIR",
      description =
          "Keep the models, inputs and outputs there (default: a temporary folder, removed at the"
              + " end).")
  private @Nullable Path work;

  /// @param output where results and notes go
  public PeersCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() {
    Budget budget = options.budget();
    if (samples < 1) {
      throw new CliException(Code.CLI001, "--samples: must be at least 1, not " + samples);
    }
    List<Zoo> networks = ModelCase.networks(models);
    Path file = script == null ? PeersScript.locate() : script;
    FilesIo.requireReadable(file);
    Python python = Python.find(System.getenv());
    output.note("peers run in " + python.program() + " with torch " + python.torch());
    DeviceSelector.Selection selection = options.openDevice();
    Environment environment;
    DeviceInfo info;
    // The device is given back before the script takes it.
    try (var device = selection.device()) {
      info = device.info();
      environment = options.environment(selection);
    }
    boolean gpu = info.kind() == DeviceInfo.Kind.CUDA;
    if (!gpu && !options.device().equals("emulator")) {
      throw new CliException(
          Code.CLI010,
          "peers are measured on a GPU and there is none ("
              + selection.reason()
              + "); --device emulator tries the script on CPU tensors");
    }
    DeviceDescription target =
        TargetOption.parse(
            gpu ? "host" : TargetOption.DEFAULT, () -> gpu ? Optional.of(info) : Optional.empty());
    Path folder = work == null ? temporary() : work;
    try {
      PeerModels written = new PeerModels(folder, target);
      List<String> arguments = new ArrayList<>();
      for (Path model : write(networks, written, budget)) {
        arguments.addAll(List.of("--model", model.toString()));
      }
      Path result = folder.resolve("peers.json");
      arguments.addAll(List.of("--layers", layers(folder).toString()));
      arguments.addAll(List.of("--reference", written.reference().toString()));
      arguments.addAll(List.of("--write-outputs", folder.resolve("outputs").toString()));
      arguments.addAll(List.of("--device", gpu ? selection.name() : "cpu"));
      arguments.addAll(List.of("--precisions", precisions));
      arguments.addAll(List.of("--samples", String.valueOf(samples)));
      arguments.addAll(List.of("--commit", environment.commit()));
      arguments.addAll(List.of("--output", result.toString()));
      if (tiny) {
        arguments.add("--tiny");
      }
      if (only != null) {
        arguments.addAll(List.of("--only", only));
      }
      double limit = Double.POSITIVE_INFINITY;
      if (!budget.isUnlimited()) {
        double left = Math.max(1, budget.remainingSeconds());
        arguments.addAll(List.of("--budget", String.valueOf(left)));
        limit = left + GRACE_SECONDS;
      }
      Files.deleteIfExists(result);
      Run run = new PeersScript(python.program(), file).run(arguments, limit, output::note);
      return merge(run, result, environment, budget);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      if (work == null) {
        delete(folder);
      }
    }
  }

  private List<Path> write(List<Zoo> networks, PeerModels written, Budget budget) {
    List<Path> files = new ArrayList<>();
    try (Progress progress = output.progress("models", networks.size() * (1L + ranks.size()))) {
      for (Zoo network : networks) {
        if (budget.allows(network.text())) {
          files.add(written.dense(network));
        }
        progress.step(network.text());
        for (String policy : ranks) {
          if (!policy.equals("none") && budget.allows(network.text() + " at ranks " + policy)) {
            written
                .decomposed(network, policy)
                .ifPresentOrElse(
                    files::add, () -> output.note(network.text() + ": TDC has no ranks for it"));
          }
          progress.step(network.text() + " " + policy);
        }
      }
    }
    return files;
  }

  private int merge(Run run, Path result, Environment environment, Budget budget) {
    boolean ended = run.exit().isEmpty();
    int exit = run.exit().orElse(ExitCode.OK);
    if (exit != ExitCode.OK && exit != ExitCode.MISMATCH || !Files.exists(result)) {
      throw new CliException(
          Code.CLI012,
          "peers.py gave no result (%s): %s"
              .formatted(ended ? "ended after its time" : "exit code " + exit, run.lastLine()));
    }
    ResultFile measured = ResultFile.read(result);
    ObjectNode data = measured.data();
    for (JsonNode step : data.path("budget").path("leftOut")) {
      budget.leaveOut("peers: " + step.asText());
    }
    if (ended) {
      budget.leaveOut("peers: the steps after those in the result, ended with the time");
    }
    Environment joined =
        new Environment(
            environment.date(),
            environment.version(),
            environment.commit(),
            measured.environment().device(),
            environment.nvrtc(),
            environment.host(),
            environment.clocks());
    options.publish(output, "peers", joined, data, out -> out.print(run.table()));
    return exit;
  }

  private static Path layers(Path folder) throws IOException {
    Path file = folder.resolve("tdc-layers.csv");
    Files.writeString(file, TdcLayers.csv(), StandardCharsets.UTF_8);
    return file;
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("tuckerc-peers");
    } catch (IOException e) {
      throw new CliException(
          Code.CLI003, "no temporary folder: " + e.getMessage() + "; name one with --work", e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
