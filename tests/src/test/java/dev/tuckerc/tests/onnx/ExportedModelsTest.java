package dev.tuckerc.tests.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.onnx.exporter.OnnxExporter;
import dev.tuckerc.onnx.importer.OnnxImporter;
import dev.tuckerc.onnx.model.OnnxTensors;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.tests.SharedData;
import dev.tuckerc.tests.models.TestSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A model that was imported and exported again still computes its expected outputs in ONNX
/// Runtime.
final class ExportedModelsTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"models,13", "onnx-pytorch,35"})
  void onnxRuntimeComputesTheExpectedOutputs(String data, int count) throws Exception {
    List<Path> models = models(SharedData.require(data));
    assertThat(models).hasSize(count);
    for (Path model : models) {
      TestSet test = TestSet.first(model);
      Graph graph = OnnxImporter.read(model, test.bindings());
      Path exported = folder.resolve("exported.onnx");
      OnnxExporter.write(graph, exported);
      Map<String, Tensor> actual = OnnxRuntimeOracle.run(exported, test.inputs());
      for (int i = 0; i < graph.outputs().size(); i++) {
        Tensor expected = OnnxTensors.read(test.folder().resolve("output_" + i + ".pb"));
        String name = graph.outputs().get(i).name();
        OnnxRuntimeOracle.assertClose(model + " " + name, actual.get(name), expected);
      }
    }
  }

  private static List<Path> models(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(file -> file.toString().endsWith(".onnx")).sorted().toList();
    }
  }
}
