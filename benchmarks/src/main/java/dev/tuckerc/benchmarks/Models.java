package dev.tuckerc.benchmarks;

import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.pipeline.CompilePipeline;
import dev.tuckerc.cli.pipeline.CompileRequest;
import dev.tuckerc.cli.pipeline.Ranks;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.onnx.exporter.OnnxExporter;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.zoo.Zoo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// The models that benchmarks work on: architectures of the zoo with the weights of seed 1, batch
/// 1, compiled for an H200.
final class Models {
  static final DeviceDescription TARGET = DeviceDescription.shipped("h200");

  private static final long SEED = 1;

  private Models() {}

  static Graph graph(Zoo architecture) {
    return architecture.build(SEED, new Dim.Known(1));
  }

  /// Writes a model to a new temporary file that is deleted when the JVM ends.
  static Path write(Zoo architecture) {
    try {
      Path file = Files.createTempFile("tuckerc-" + architecture.text() + "-", ".onnx");
      file.toFile().deleteOnExit();
      OnnxExporter.write(graph(architecture), file);
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static CompileRequest request(Path model, Precision precision, String ranks) {
    return new CompileRequest(
        model,
        ShapeBindings.NONE,
        TARGET,
        "h200",
        precision,
        Ranks.parse(ranks),
        true,
        Optional.empty(),
        false);
  }

  /// The graph that code is generated from.
  static Graph optimized(Zoo architecture, Precision precision, String ranks) {
    CompileRequest request = request(Path.of(architecture.text() + ".onnx"), precision, ranks);
    return CompilePipeline.transform(request, graph(architecture)).optimized();
  }

  static Bundle bundle(
      Zoo architecture, Precision precision, String ranks, KernelCompiler compiler) {
    CompileRequest request = request(write(architecture), precision, ranks);
    return CompilePipeline.compile(request, compiler, Progress.silent()).bundle();
  }
}
