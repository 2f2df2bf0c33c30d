package dev.tuckerc.lab.kit;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.pipeline.CompilePipeline;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.device.KernelSource;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.lab.Cases;
import dev.tuckerc.lab.calibrate.micro.Microbenchmarks;
import dev.tuckerc.lab.calibrate.micro.Target;
import dev.tuckerc.lab.grid.KernelCase;
import dev.tuckerc.lab.grid.KernelGrid;
import dev.tuckerc.lab.models.ModelCase;
import dev.tuckerc.lab.run.CompiledProgram;
import dev.tuckerc.onnx.exporter.OnnxExporter;
import dev.tuckerc.transform.ranks.TdcTable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `lab prepare`: the work of a processor that a GPU shall not wait for.
@Command(
    name = "prepare",
    description =
        "Compiles the kernels of cases for GPUs that are not here, into the cache of kernels;"
            + " writes expected outputs of models (--expected), and models for the peers (--onnx).",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lab prepare --targets h100,h200 --expected expected 'tdc.core/*' 'resnet18/fp16/*'",
      "  lab prepare --onnx models 'resnet18/fp16/*'"
    })
public final class PrepareCommand implements Callable<Integer> {
  private final Output output;

  @Mixin private Cases cases = new Cases();

  @Option(
      names = "--targets",
      split = ",",
      paramLabel = "NAME",
      description = "Shipped descriptions of the GPUs to compile for.")
  private List<String> targets = new ArrayList<>();

  @Option(
      names = "--expected",
      paramLabel = "DIR",
      description =
          "Write inputs and the reference's outputs of each model there, as STEM/inputs/NAME.npy"
              + " and STEM/outputs/NAME.npy. What is there is not computed again.")
  private @Nullable Path expected;

  @Option(
      names = "--onnx",
      paramLabel = "DIR",
      description = "Write each model there as STEM.onnx, and TDC's layers as tdc-layers.csv.")
  private @Nullable Path onnx;

  /// @param output where results and notes go
  public PrepareCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() {
    List<ModelCase> models = new ArrayList<>();
    List<KernelCase> kernels = new ArrayList<>();
    for (String name : cases.names()) {
      ModelCase.find(name).ifPresentOrElse(models::add, () -> kernels.add(KernelGrid.named(name)));
    }
    for (String target : targets) {
      if (!DeviceDescription.SHIPPED.contains(target)) {
        throw new CliException(
            Code.CLI001, "--targets: '" + target + "' is none of " + DeviceDescription.SHIPPED);
      }
      compile(DeviceDescription.shipped(target), kernels, models);
    }
    Map<String, ModelCase> stems = new LinkedHashMap<>();
    models.forEach(model -> stems.putIfAbsent(model.stem(), model));
    try (Progress progress = output.progress("models", stems.size())) {
      for (ModelCase model : stems.values()) {
        write(model);
        progress.step(model.stem());
      }
    }
    return ExitCode.OK;
  }

  private void compile(DeviceDescription target, List<KernelCase> kernels, List<ModelCase> models) {
    KernelCompiler compiler = CachedKernelCompiler.standard();
    List<Program> programs = new ArrayList<>();
    for (KernelCase one : kernels) {
      programs.add(CodeGenerator.generate(one.build().graph(), Set.of(), target));
    }
    CompiledProgram.of(programs, compiler, target.architecture());
    Target micro = Target.of(target.computeCapability());
    compiler.compileAll(
        Microbenchmarks.all().stream()
            .filter(b -> b.obstacle(micro).isEmpty())
            .flatMap(b -> b.kernels(micro).stream())
            .distinct()
            .map(k ->
                new KernelSource(k.name() + ".cu", k.source(), micro.architecture(), List.of()))
            .toList());
    try (Progress progress = output.progress("for " + target.name(), models.size())) {
      for (ModelCase model : models) {
        model.compile(target, compiler);
        progress.step(model.name());
      }
    }
  }

  private void write(ModelCase model) {
    if (expected == null && onnx == null) {
      return;
    }
    DeviceDescription target =
        DeviceDescription.shipped(targets.isEmpty() ? "h200" : targets.getFirst());
    Graph graph = model.graph();
    if (!model.isDense()) {
      graph =
          CompilePipeline.decompose(model.request(graph, target), graph, Progress.silent())
              .decomposed();
    }
    if (onnx != null) {
      FilesIo.createFolder(onnx);
      OnnxExporter.write(graph, onnx.resolve(model.stem() + ".onnx"));
      FilesIo.writeAtomically(
          onnx.resolve("tdc-layers.csv"), TdcTable.csv().getBytes(StandardCharsets.UTF_8));
    }
    // Held against the peers' outputs instead: the reference takes minutes for a large image.
    if (expected != null
        && !model.large()
        && !Files.isDirectory(expected.resolve(model.stem()).resolve("outputs"))) {
      model.write(expected, Interpreter.run(graph, model.inputs()));
    }
  }
}
