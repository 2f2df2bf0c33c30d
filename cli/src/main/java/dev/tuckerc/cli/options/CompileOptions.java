package dev.tuckerc.cli.options;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.pipeline.CompileRequest;
import dev.tuckerc.cli.pipeline.Ranks;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.execute.DeviceSelector;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.Objective;
import dev.tuckerc.transform.Precision;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that say how a model is compiled. An option that is not given is `null`, so that a
/// command that has nothing to compile can refuse it.
public final class CompileOptions {
  @Option(
      names = "--target",
      paramLabel = "TARGET",
      description =
          "GPU to generate code for: h200, h100, a100, rtx4090, t4, sm_90 or the like,"
              + " a description file, or host (default: h200).")
  private @Nullable String target;

  @Option(
      names = "--precision",
      paramLabel = "P",
      description = "fp32 (strict) or fp16 with fp32 sums (default: fp32).")
  private @Nullable String precision;

  @Option(
      names = "--ranks",
      paramLabel = "POLICY",
      description =
          "Tucker ranks: none, latency (searched for), fixed=FRACTION of the channels,"
              + " fixed=FILE.json, energy=FRACTION of the squared norm kept, vbmf,"
              + " flops=SHARE, haloc-grid=MULTIPLE (default: none).")
  private @Nullable String ranks;

  @Option(
      names = "--no-fusion",
      description = "One kernel for every layer, none for several layers together.")
  private boolean noFusion;

  @Option(
      names = "--optimize",
      paramLabel = "WHAT",
      description =
          "time, or memory: keep small tensors across skips and compute the large ones again, and"
              + " put layers into one kernel wherever that lowers the peak (default: time).")
  private @Nullable String optimize;

  @Option(
      names = "--shape",
      paramLabel = "NAME=DIMS",
      description =
          "Shape of an input with open extents, as in x=1x3x48x320; an open batch that no option"
              + " fixes becomes 1.")
  private List<String> shapes = new ArrayList<>();

  @Option(
      names = "--verify-passes",
      description = "Check the graph after every pass; for work on tuckerc itself.")
  private boolean verify;

  /// The options that were given, for commands that cannot use them.
  public List<String> given() {
    List<String> given = new ArrayList<>();
    if (target != null) {
      given.add("--target");
    }
    if (precision != null) {
      given.add("--precision");
    }
    if (ranks != null) {
      given.add("--ranks");
    }
    if (noFusion) {
      given.add("--no-fusion");
    }
    if (optimize != null) {
      given.add("--optimize");
    }
    if (!shapes.isEmpty()) {
      given.add("--shape");
    }
    if (verify) {
      given.add("--verify-passes");
    }
    return given;
  }

  /// The precision asked for.
  public Precision precision() {
    if (precision == null) {
      return Precision.FP32;
    }
    for (Precision known : Precision.values()) {
      if (known.text().equals(precision)) {
        return known;
      }
    }
    throw new CliException(
        Code.CLI001, "--precision: '" + precision + "' is not known; use fp32 or fp16");
  }

  /// What is to become small.
  public Objective objective() {
    if (optimize == null) {
      return Objective.TIME;
    }
    for (Objective known : Objective.values()) {
      if (known.text().equals(optimize)) {
        return known;
      }
    }
    throw new CliException(
        Code.CLI001, "--optimize: '" + optimize + "' is not known; use time or memory");
  }

  /// The rank policy asked for.
  public Ranks ranks() {
    return ranks == null ? Ranks.NONE : Ranks.parse(ranks);
  }

  /// The target asked for.
  public DeviceDescription target() {
    return TargetOption.parse(targetText(), CompileOptions::hostGpu);
  }

  private String targetText() {
    return target == null ? TargetOption.DEFAULT : target;
  }

  /// What was given as text, for a worker process.
  public List<String> arguments() {
    List<String> arguments = new ArrayList<>();
    if (target != null) {
      arguments.addAll(List.of("--target", target));
    }
    if (precision != null) {
      arguments.addAll(List.of("--precision", precision));
    }
    if (ranks != null) {
      arguments.addAll(List.of("--ranks", ranks));
    }
    if (noFusion) {
      arguments.add("--no-fusion");
    }
    if (optimize != null) {
      arguments.addAll(List.of("--optimize", optimize));
    }
    if (verify) {
      arguments.add("--verify-passes");
    }
    return arguments;
  }

  /// Whether `--shape` was given.
  public boolean hasShapes() {
    return !shapes.isEmpty();
  }

  /// A request to compile a model.
  ///
  /// @param fromInputs inputs that were given as files: their shapes, over which `--shape` takes
  ///   precedence, and their contents, for operands that are needed at compile time
  public CompileRequest request(Path model, Map<String, Tensor> fromInputs, Optional<Path> trace) {
    Map<String, List<Long>> bound = new TreeMap<>();
    fromInputs.forEach((name, tensor) -> bound.put(name, tensor.shape()));
    bound.putAll(ShapeOption.parse(shapes));
    Map<String, Tensor> contents = new TreeMap<>(fromInputs);
    contents.values().removeIf(tensor -> tensor.type().isFloat() && tensor.rank() > 1);
    return request(model, new ShapeBindings(bound, true, contents), trace);
  }

  /// A request to compile a model for known bindings.
  public CompileRequest request(Path model, ShapeBindings bindings, Optional<Path> trace) {
    return new CompileRequest(
        model,
        bindings,
        target(),
        targetText(),
        precision(),
        ranks(),
        !noFusion,
        objective(),
        trace,
        verify);
  }

  /// The first GPU of this machine.
  public static Optional<DeviceInfo> hostGpu() {
    return DeviceSelector.standard().kinds().stream()
        .flatMap(kind -> kind.devices().stream())
        .filter(device -> device.kind() == DeviceInfo.Kind.CUDA)
        .findFirst();
  }
}
