package dev.tuckerc.tests.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.OnnxExporter;
import dev.tuckerc.onnx.OnnxImporter;
import dev.tuckerc.onnx.OnnxTensors;
import dev.tuckerc.onnx.ShapeBindings;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A model that was imported and exported again still computes its expected outputs in ONNX
/// Runtime, which knows nothing of this compiler.
final class ExportedModelsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"models,13", "onnx-pytorch,35"})
  void onnxRuntimeComputesTheExpectedOutputs(String data, int count) throws Exception {
    List<Path> models = models(data);
    assertThat(models).hasSize(count);
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    for (Path model : models) {
      Path tests = model.resolveSibling("test_data_set_0");
      Map<String, Tensor> inputs = new LinkedHashMap<>();
      ShapeBindings bindings = ShapeBindings.NONE;
      int index = 0;
      for (Value input : OnnxImporter.read(model, ShapeBindings.NONE).inputs()) {
        Tensor tensor = OnnxTensors.read(tests.resolve("input_" + index++ + ".pb"));
        inputs.put(input.name(), tensor);
        bindings = bindings.with(input.name(), extents(tensor));
      }
      Graph graph = OnnxImporter.read(model, bindings);
      Path exported = folder.resolve("exported.onnx");
      OnnxExporter.write(graph, exported);
      try (OrtSession session = environment.createSession(exported.toString());
          OrtSession.Result results = session.run(feed(environment, inputs))) {
        for (int i = 0; i < graph.outputs().size(); i++) {
          OnnxTensor actual = (OnnxTensor) results.get(graph.outputs().get(i).name()).orElseThrow();
          Tensor expected = OnnxTensors.read(tests.resolve("output_" + i + ".pb"));
          check(model, actual, expected);
        }
      }
    }
  }

  private static List<Path> models(String data) throws IOException {
    String stated =
        System.getProperty("TUCKERC_SHARED", System.getenv().getOrDefault("TUCKERC_SHARED", ""));
    Path root = Path.of("").toAbsolutePath();
    while (root.getParent() != null && !Files.isDirectory(root.resolve(".mvn"))) {
      root = root.getParent();
    }
    Path shared = stated.isEmpty() ? root.resolveSibling("shared") : Path.of(stated);
    Path folder = shared.resolve("data").resolve(data);
    assumeTrue(
        Files.isDirectory(folder),
        () -> "no test data at " + folder + "; set TUCKERC_SHARED to run this test");
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".onnx")).sorted().toList();
    }
  }

  private static long[] extents(Tensor tensor) {
    return tensor.shape().stream().mapToLong(Long::longValue).toArray();
  }

  private static Map<String, OnnxTensor> feed(
      OrtEnvironment environment, Map<String, Tensor> inputs) throws OrtException {
    Map<String, OnnxTensor> feed = new LinkedHashMap<>();
    for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
      Tensor tensor = input.getValue();
      assertThat(tensor.type()).isIn(DataType.F32, DataType.I64);
      byte[] bytes = tensor.data().toArray(ValueLayout.JAVA_BYTE);
      ByteBuffer buffer = ByteBuffer.allocateDirect(bytes.length).order(ByteOrder.nativeOrder());
      buffer.put(bytes).flip();
      OnnxJavaType type = tensor.type() == DataType.F32 ? OnnxJavaType.FLOAT : OnnxJavaType.INT64;
      feed.put(input.getKey(), OnnxTensor.createTensor(environment, buffer, extents(tensor), type));
    }
    return feed;
  }

  private static void check(Path model, OnnxTensor actual, Tensor expected) {
    assertThat(actual.getInfo().getShape()).as(model.toString()).isEqualTo(extents(expected));
    assertThat(expected.type()).isEqualTo(DataType.F32);
    var values = actual.getFloatBuffer();
    double range = 0;
    for (float value : expected.toFloats()) {
      range = Math.max(range, Math.abs(value));
    }
    for (int i = 0; i < expected.size(); i++) {
      double wanted = expected.getDouble(i);
      assertThat((double) values.get(i))
          .as("%s, element %d", model, i)
          .isCloseTo(
              wanted,
              org.assertj.core.data.Offset.offset(1e-4 * range + 1e-3 * Math.abs(wanted) + 1e-30));
    }
  }
}
