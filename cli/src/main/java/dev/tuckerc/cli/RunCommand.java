package dev.tuckerc.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.file.BundleReader;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.options.CompileOptions;
import dev.tuckerc.cli.options.DeviceOption;
import dev.tuckerc.cli.options.EmulatorOption;
import dev.tuckerc.cli.options.LaunchOption;
import dev.tuckerc.cli.options.ToleranceOption;
import dev.tuckerc.cli.pipeline.CompilePipeline;
import dev.tuckerc.cli.pipeline.Executor;
import dev.tuckerc.cli.pipeline.HostTensors;
import dev.tuckerc.cli.pipeline.ReferenceExecutor;
import dev.tuckerc.cli.tensors.Comparison;
import dev.tuckerc.cli.tensors.FileNames;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.cli.tensors.InputValues;
import dev.tuckerc.cli.tensors.NpyFile;
import dev.tuckerc.cli.tensors.TensorText;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.execute.SessionOptions;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.PrintableText;
import dev.tuckerc.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tuckerc run`: runs a bundle, or a model compiled on the spot.
@Command(
    name = "run",
    description = "Runs a bundle, or compiles a model and runs it.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  tuckerc zoo resnet20 -o resnet20.onnx",
      "  tuckerc run resnet20.onnx --input input=random:1 --compare reference",
      "  tuckerc compile resnet20.onnx -o resnet20.bundle",
      "  tuckerc run resnet20.bundle --device emulator --output-dir out",
      "  tuckerc run resnet20.bundle --device emulator --check all",
      "  tuckerc run resnet20.bundle --device reference --json"
    })
final class RunCommand implements Callable<Integer> {
  private final Output output;

  @Parameters(paramLabel = "BUNDLE|MODEL.onnx", description = "What to run.")
  private Path path;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "auto",
      description =
          "auto (a GPU if there is one, else the emulator), cuda:0, emulator, or reference.")
  private String device;

  @Option(
      names = "--input",
      paramLabel = "NAME=VALUE",
      description =
          "An input: NAME=FILE.npy, NAME=FILE.pb or NAME=random:SEED. Without any, all are"
              + " random:0.")
  private List<String> inputs = new ArrayList<>();

  @Option(
      names = "--output-dir",
      paramLabel = "DIR",
      description =
          "Write each output to DIR/<name>.npy; characters of the name that a file's cannot hold"
              + " become %%XX.")
  private @Nullable Path outputDirectory;

  @Option(
      names = "--compare",
      paramLabel = "reference",
      description = "Compare the outputs with the interpreter's; exit code 1 when they differ.")
  private @Nullable String compare;

  @Mixin private ToleranceOption tolerances = new ToleranceOption();

  @Option(
      names = "--recompile",
      description = "Compile the kernels whose source was edited, or that are for another GPU.")
  private boolean recompile;

  @Mixin private LaunchOption launches = new LaunchOption();

  @Mixin private EmulatorOption emulator;

  @Mixin private CompileOptions options;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  RunCommand(Output output) {
    this.output = output;
  }

  /// Something that runs, what it wants, and what it must agree with.
  private record Prepared(
      Executor executor,
      List<InputValues.Wanted> inputs,
      java.util.function.Supplier<ReferenceExecutor> reference,
      boolean half) {}

  @Override
  public Integer call() {
    if (compare == null && tolerances.given()) {
      throw new CliException(
          Code.CLI001, "--rtol and --atol-of-range have no effect without --compare reference");
    }
    if (compare != null && !compare.equals("reference")) {
      throw new CliException(
          Code.CLI001, "--compare: '" + compare + "' is not known; use --compare reference");
    }
    tolerances.with(Comparison.Tolerance.FP32);
    DeviceOption.check(device, List.of("reference"));
    FilesIo.requireReadable(path);
    if (device.equals("reference")) {
      emulator.refuse("the reference interpreter");
      if (launches.given()) {
        throw new CliException(
            Code.CLI001, "--no-programmatic has no effect with --device reference");
      }
    }
    if (outputDirectory != null) {
      FilesIo.createFolder(outputDirectory);
    }
    InputValues values = InputValues.parse(inputs);
    Prepared prepared = FilesIo.isBundle(path) ? fromBundle() : fromModel(values);
    try (Executor executor = prepared.executor()) {
      output.note("running on " + executor.description());
      if (values.defaulted() && !prepared.inputs().isEmpty()) {
        output.note("no --input given: every input is random:0");
      }
      Map<String, Tensor> tensors = values.resolve(prepared.inputs());
      SequencedMap<String, Tensor> results = executor.run(tensors);
      List<Comparison> comparisons =
          compare == null ? List.of() : compare(prepared, tensors, results);
      if (outputDirectory != null) {
        write(outputDirectory, results);
      }
      report(executor, results, comparisons);
      return comparisons.stream().allMatch(Comparison::agrees) ? ExitCode.OK : ExitCode.MISMATCH;
    }
  }

  private Prepared fromBundle() {
    if (!options.given().isEmpty()) {
      throw new CliException(
          Code.CLI001,
          String.join(", ", options.given())
              + " has no effect: "
              + path
              + " is a bundle, which is compiled already");
    }
    Bundle bundle =
        BundleReader.read(
            path,
            recompile ? BundleReader.EditedKernels.ACCEPT : BundleReader.EditedKernels.REFUSE);
    List<InputValues.Wanted> wanted =
        bundle.manifest().entryPoint().inputs().stream()
            .map(s -> new InputValues.Wanted(s.name(), HostTensors.type(s.type()), s.shape()))
            .toList();
    Executor executor =
        device.equals("reference") ? ReferenceExecutor.of(bundle) : open(bundle, recompile);
    return new Prepared(executor, wanted, () -> ReferenceExecutor.of(bundle), isHalf(bundle));
  }

  private Prepared fromModel(InputValues values) {
    var request = options.request(path, values.files(), Optional.empty());
    if (device.equals("reference")) {
      if (recompile) {
        throw new CliException(Code.CLI001, "--recompile has no effect with --device reference");
      }
      var imported =
          dev.tuckerc.onnx.importer.OnnxImporter.readModel(request.model(), request.bindings());
      imported.notes().forEach(output::note);
      Graph graph =
          options.ranks().decomposes()
              ? CompilePipeline.transform(request, imported.graph()).decomposed()
              : imported.graph();
      Executor executor = new ReferenceExecutor(graph);
      return new Prepared(executor, wanted(graph), () -> new ReferenceExecutor(graph), false);
    }
    dev.tuckerc.cli.pipeline.Compilation compilation;
    try (Progress progress = output.progress("compile", CompilePipeline.STEPS)) {
      compilation = CompilePipeline.compile(request, CachedKernelCompiler.standard(), progress);
    }
    compilation.imported().notes().forEach(output::note);
    Graph graph = compilation.decomposed();
    boolean half = request.precision() == dev.tuckerc.transform.Precision.FP16;
    return new Prepared(
        open(compilation.bundle(), true), wanted(graph), () -> new ReferenceExecutor(graph), half);
  }

  private Executor open(Bundle bundle, boolean recompiling) {
    SessionOptions session = launches.with(SessionOptions.standard());
    return emulator.executor(
        bundle,
        device,
        recompiling ? session.recompiling(CachedKernelCompiler.standard()) : session);
  }

  private static List<InputValues.Wanted> wanted(Graph graph) {
    return graph.inputs().stream()
        .map(input ->
            new InputValues.Wanted(
                input.name(), input.type().elementType(), input.shape().extents()))
        .toList();
  }

  private static boolean isHalf(Bundle bundle) {
    List<String> command = bundle.manifest().command();
    int index = command.indexOf("--precision");
    return index >= 0 && index + 1 < command.size() && command.get(index + 1).equals("fp16");
  }

  private List<Comparison> compare(
      Prepared prepared, Map<String, Tensor> tensors, SequencedMap<String, Tensor> results) {
    List<Comparison> comparisons = new ArrayList<>();
    try (ReferenceExecutor reference = prepared.reference().get()) {
      boolean half = prepared.half() || reference.usesHalf();
      Comparison.Tolerance tolerance =
          tolerances.with(half ? Comparison.Tolerance.FP16 : Comparison.Tolerance.FP32);
      output.note("comparing with the reference interpreter");
      SequencedMap<String, Tensor> expected = reference.run(tensors);
      results.forEach((name, tensor) -> {
        Tensor wanted = expected.get(name);
        if (wanted == null) {
          throw new IllegalStateException("the reference has no output " + name);
        }
        comparisons.add(Comparison.of(tensor, wanted, tolerance));
      });
    }
    return comparisons;
  }

  private static void write(Path directory, SequencedMap<String, Tensor> results) {
    results.forEach(
        (name, tensor) -> NpyFile.write(directory.resolve(FileNames.of(name, ".npy")), tensor));
    FileNames.writeIndex(directory, results.keySet(), ".npy");
  }

  private void report(
      Executor executor, SequencedMap<String, Tensor> results, List<Comparison> comparisons) {
    if (json) {
      reportJson(executor, results, comparisons);
      return;
    }
    var out = output.out();
    int index = 0;
    for (Map.Entry<String, Tensor> result : results.entrySet()) {
      out.println(PrintableText.brief(result.getKey()) + " " + TensorText.of(result.getValue()));
      if (!comparisons.isEmpty()) {
        Comparison comparison = comparisons.get(index++);
        out.println("  " + TensorText.of(comparison, "the reference"));
      }
    }
    out.printf("device    %s%n", executor.description());
    out.printf("time      %.3f ms%n", executor.lastRunNanos() / 1e6);
  }

  private void reportJson(
      Executor executor, SequencedMap<String, Tensor> results, List<Comparison> comparisons) {
    ObjectNode root = Output.object();
    root.put("device", executor.description());
    root.put("milliseconds", executor.lastRunNanos() / 1e6);
    ArrayNode list = root.putArray("outputs");
    int index = 0;
    for (Map.Entry<String, Tensor> result : results.entrySet()) {
      ObjectNode node = list.addObject();
      node.put("name", result.getKey());
      TensorText.json(node, result.getValue());
      if (!comparisons.isEmpty()) {
        Comparison comparison = comparisons.get(index++);
        TensorText.json(node.putObject("comparison"), comparison);
      }
    }
    output.json(root);
  }
}
