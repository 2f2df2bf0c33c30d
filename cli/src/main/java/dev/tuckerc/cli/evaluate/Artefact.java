package dev.tuckerc.cli.evaluate;

import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.file.BundleReader;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.options.CompileOptions;
import dev.tuckerc.cli.pipeline.CompilePipeline;
import dev.tuckerc.cli.pipeline.CompileRequest;
import dev.tuckerc.cli.pipeline.DeviceExecutor;
import dev.tuckerc.cli.pipeline.Executor;
import dev.tuckerc.cli.pipeline.HostTensors;
import dev.tuckerc.cli.pipeline.ReferenceExecutor;
import dev.tuckerc.cli.samples.BatchedModel;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.cli.tensors.InputValues.Wanted;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.execute.SessionOptions;
import dev.tuckerc.ir.interpret.Accumulation;
import dev.tuckerc.onnx.importer.ShapeBindings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A model or a bundle as it lies on disk, ready to run.
///
/// @param inputs what it takes, at its batch
/// @param batch first extent of its inputs
record Artefact(Path path, Executor executor, List<Wanted> inputs, int batch)
    implements AutoCloseable {

  /// Opens a file.
  ///
  /// @param device `reference` for the interpreter with sums in float32; a device for kernels;
  ///   empty for the interpreter where it is a model, and any device where it is a bundle
  static Artefact open(Path path, Optional<String> device, CompileOptions options) {
    return FilesIo.isBundle(path)
        ? bundle(path, device.orElse("auto"))
        : model(path, device.orElse("reference"), options);
  }

  private static Artefact bundle(Path path, String device) {
    Bundle bundle = BundleReader.read(path);
    List<Wanted> inputs =
        bundle.manifest().entryPoint().inputs().stream()
            .map(s -> new Wanted(s.name(), HostTensors.type(s.type()), s.shape()))
            .toList();
    Executor executor =
        device.equals("reference")
            ? ReferenceExecutor.of(bundle, Accumulation.FAST)
            : DeviceExecutor.open(bundle, device, SessionOptions.standard());
    return new Artefact(path, executor, inputs, batchOf(inputs));
  }

  private static Artefact model(Path path, String device, CompileOptions options) {
    CompileRequest asked = options.request(path, Map.of(), Optional.empty());
    BatchedModel model = BatchedModel.read(path, asked.bindings());
    List<Wanted> inputs = BatchedModel.inputs(model.imported().graph());
    if (device.equals("reference")) {
      Executor executor = new ReferenceExecutor(model.imported().graph(), Accumulation.FAST);
      return new Artefact(path, executor, inputs, model.batch());
    }
    ShapeBindings bindings = ShapeBindings.NONE;
    for (Wanted input : inputs) {
      bindings =
          bindings.with(input.name(), input.shape().stream().mapToLong(Long::longValue).toArray());
    }
    Bundle bundle =
        CompilePipeline.compile(
                options.request(path, bindings, Optional.empty()),
                CachedKernelCompiler.standard(),
                Progress.silent())
            .bundle();
    SessionOptions session = SessionOptions.standard().recompiling(CachedKernelCompiler.standard());
    return new Artefact(path, DeviceExecutor.open(bundle, device, session), inputs, model.batch());
  }

  private static int batchOf(List<Wanted> inputs) {
    return inputs.stream()
        .filter(input -> !input.shape().isEmpty())
        .mapToInt(input -> Math.toIntExact(input.shape().getFirst()))
        .findFirst()
        .orElse(1);
  }

  @Override
  public void close() {
    executor.close();
  }
}
