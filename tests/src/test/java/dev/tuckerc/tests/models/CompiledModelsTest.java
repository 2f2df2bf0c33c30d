package dev.tuckerc.tests.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.tuckerc.bundle.file.BundleReader;
import dev.tuckerc.bundle.file.BundleWriter;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.pipeline.Compilation;
import dev.tuckerc.cli.pipeline.CompilePipeline;
import dev.tuckerc.cli.pipeline.CompileRequest;
import dev.tuckerc.cli.pipeline.DeviceExecutor;
import dev.tuckerc.cli.pipeline.Ranks;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.execute.SessionOptions;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.onnx.exporter.OnnxExporter;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.tests.SharedData;
import dev.tuckerc.tests.onnx.OnnxRuntimeOracle;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.zoo.Zoo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Whole models from ONNX to outputs of generated kernels on the emulated device.
class CompiledModelsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "mnist_8,FP32,none",
    "mnist_8,FP16,none",
    "mnist_8,FP32,fixed=0.5",
    "winml_cifar10_cnn,FP32,none",
    "winml_cifar10_cnn,FP16,fixed=0.5",
    "resnet20_cifar10_static,FP32,none",
    "resnet20_cifar10_static,FP16,none",
    "resnet20_cifar10_static,FP32,fixed=0.5",
    "resnet20_cifar10_static,FP16,fixed=0.5",
    "resnet20_cifar10_static,FP32,energy=0.9",
    "iris_mlp,FP32,none"
  })
  void agreesWithTheReferenceOnTheDecomposedGraph(String name, Precision precision, String ranks) {
    Path model = SharedData.require("models/" + name + "/model.onnx");
    TestSet test = TestSet.first(model);
    Compilation compilation =
        compile(model, test.bindings(), precision, ranks, CachedKernelCompiler.standard());
    Map<String, Tensor> expected = Interpreter.run(compilation.decomposed(), test.inputs());
    try (DeviceExecutor executor =
        DeviceExecutor.open(compilation.bundle(), "emulator", SessionOptions.standard())) {
      executor
          .run(test.inputs())
          .forEach((output, actual) -> check(output, actual, expected.get(output), precision));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"resnet20_cifar10_static", "super_resolution_10", "resnet8_cifar10_mlperf"})
  void decomposedModelsComputeTheSameInOnnxRuntime(String name) throws Exception {
    Path model = SharedData.require("models/" + name + "/model.onnx");
    TestSet test = TestSet.first(model);
    CompileRequest request = request(model, test.bindings(), Precision.FP32, "fixed=0.5");
    var imported = dev.tuckerc.onnx.importer.OnnxImporter.read(model, test.bindings());
    var decomposed = CompilePipeline.decompose(request, imported, Progress.silent()).decomposed();
    Path exported = folder.resolve("decomposed.onnx");
    OnnxExporter.write(decomposed, exported);
    Map<String, Tensor> actual = OnnxRuntimeOracle.run(exported, test.inputs());
    Interpreter.run(decomposed, test.inputs())
        .forEach((output, expected) ->
            OnnxRuntimeOracle.assertClose(output, actual.get(output), expected));
  }

  @Test
  void givesTheSameBytesTwiceAndReadsThemBack() throws Exception {
    Path model = folder.resolve("resnet20.onnx");
    OnnxExporter.write(Zoo.find("resnet20").orElseThrow().build(7, Zoo.ANY_BATCH), model);
    ShapeBindings one = ShapeBindings.NONE.with("input", 1, 3, 32, 32);
    // Without the cache: each of the two really compiles.
    KernelCompiler compiler = NvrtcCompiler.create();
    for (String name : new String[] {"first", "second"}) {
      Compilation compilation = compile(model, one, Precision.FP16, "fixed=0.5", compiler);
      BundleWriter.write(compilation.bundle(), folder.resolve(name));
    }
    assertThat(hashes(folder.resolve("first"))).isEqualTo(hashes(folder.resolve("second")));
    assertThat(BundleReader.read(folder.resolve("first")).plan().launches()).isNotEmpty();
  }

  private static Compilation compile(
      Path model,
      ShapeBindings bindings,
      Precision precision,
      String ranks,
      KernelCompiler compiler) {
    return CompilePipeline.compile(
        request(model, bindings, precision, ranks), compiler, Progress.silent());
  }

  private static CompileRequest request(
      Path model, ShapeBindings bindings, Precision precision, String ranks) {
    return new CompileRequest(
        model,
        bindings,
        DeviceDescription.shipped("h200"),
        "h200",
        precision,
        Ranks.parse(ranks),
        true,
        Optional.empty(),
        true);
  }

  /// In half precision to 2e-2 of the range with the same largest element; in single precision to
  /// 1e-3 relative plus 1e-4 of the range.
  private static void check(String output, Tensor actual, Tensor expected, Precision precision) {
    if (precision == Precision.FP32) {
      OnnxRuntimeOracle.assertClose(output, actual, expected);
      return;
    }
    double range = 0;
    for (double value : expected.toDoubles()) {
      range = Math.max(range, Math.abs(value));
    }
    for (int i = 0; i < expected.size(); i++) {
      assertThat(actual.getDouble(i))
          .as("%s, element %d", output, i)
          .isCloseTo(expected.getDouble(i), within(2e-2 * range));
    }
    assertThat(largest(actual)).as("largest element of " + output).isEqualTo(largest(expected));
  }

  private static int largest(Tensor tensor) {
    int best = 0;
    for (int i = 1; i < tensor.size(); i++) {
      if (tensor.getDouble(i) > tensor.getDouble(best)) {
        best = i;
      }
    }
    return best;
  }

  private static Map<String, String> hashes(Path root) throws IOException {
    Map<String, String> hashes = new TreeMap<>();
    try (Stream<Path> files = Files.walk(root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        try {
          byte[] digest =
              java.security.MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
          hashes.put(root.relativize(file).toString(), java.util.HexFormat.of().formatHex(digest));
        } catch (java.security.NoSuchAlgorithmException e) {
          throw new IllegalStateException("every Java has SHA-256", e);
        }
      }
    }
    return hashes;
  }
}
