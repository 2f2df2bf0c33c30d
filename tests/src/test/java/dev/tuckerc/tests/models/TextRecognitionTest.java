package dev.tuckerc.tests.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.pipeline.Compilation;
import dev.tuckerc.cli.pipeline.CompilePipeline;
import dev.tuckerc.cli.pipeline.CompileRequest;
import dev.tuckerc.cli.pipeline.DeviceExecutor;
import dev.tuckerc.cli.pipeline.Ranks;
import dev.tuckerc.cli.tensors.RandomTensors;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.execute.SessionOptions;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.tests.onnx.OnnxRuntimeOracle;
import dev.tuckerc.transform.Precision;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Two models that people use, as they are published: PP-OCRv4's detection and recognition of text
/// (exported by Paddle, with open extents), from ONNX to generated kernels on the emulated device.
class TextRecognitionTest {
  private static final double ABSOLUTE = 1e-7;

  @TempDir Path folder;

  @ParameterizedTest(name = "{0}")
  @CsvSource({"det, 96, 96", "rec, 48, 320"})
  void agreesWithOnnxRuntime(String part, long height, long width) throws Exception {
    Path model = folder.resolve("model.onnx");
    String resource = "/models/ch_PP-OCRv4_" + part + "_infer.onnx";
    try (InputStream in = getClass().getResourceAsStream(resource)) {
      Files.copy(Objects.requireNonNull(in, resource), model);
    }
    List<Long> shape = List.of(1L, 3L, height, width);
    Map<String, Tensor> inputs = Map.of("x", RandomTensors.uniform("x", 1, DataType.F32, shape));
    CompileRequest request =
        new CompileRequest(
            model,
            ShapeBindings.of(Map.of("x", shape)),
            DeviceDescription.shipped("h200"),
            "h200",
            Precision.FP32,
            Ranks.parse("none"),
            true,
            Optional.empty(),
            true);
    Compilation compilation =
        CompilePipeline.compile(request, CachedKernelCompiler.standard(), Progress.silent());
    Map<String, Tensor> expected = OnnxRuntimeOracle.run(model, inputs);
    assertThat(expected).isNotEmpty();
    try (DeviceExecutor executor =
        DeviceExecutor.open(compilation.bundle(), "emulator", SessionOptions.standard())) {
      Map<String, Tensor> actual = executor.run(inputs);
      assertThat(actual.keySet()).isEqualTo(expected.keySet());
      expected.forEach((name, tensor) -> assertClose(name, actual.get(name), tensor));
    }
  }

  /// Outputs are probabilities, on noise tiny ones. ONNX Runtime's sigmoid is exact to some 1e-8
  /// only and gives 0 for what is smaller.
  private static void assertClose(String what, Tensor actual, Tensor expected) {
    assertThat(actual.shape()).as(what).isEqualTo(expected.shape());
    for (int i = 0; i < expected.size(); i++) {
      double wanted = expected.getDouble(i);
      assertThat(actual.getDouble(i))
          .as("%s, element %d", what, i)
          .isCloseTo(wanted, Offset.offset(ABSOLUTE + 1e-3 * Math.abs(wanted)));
    }
  }
}
