package dev.tuckerc.onnx.importer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.ir.verify.Verifier;
import dev.tuckerc.onnx.exporter.OnnxExporter;
import dev.tuckerc.onnx.model.OnnxException;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Imports every model of the test data, runs it on the reference interpreter and compares with the
/// expected outputs; then exports it, imports the result and expects the same again.
public final class CorpusTest {
  private static final Logger log = LoggerFactory.getLogger(CorpusTest.class);

  @TempDir Path folder;

  /// @param least how many models at least are imported and compute their expected outputs
  @ParameterizedTest
  @CsvSource({"onnx-node,715", "onnx-node-old,137", "onnx-pytorch,35"})
  void importedModelsComputeTheirExpectedOutputs(String data, int least) {
    Map<String, Integer> unsupported = new TreeMap<>();
    List<String> problems = new ArrayList<>();
    int passed = 0;
    int specialized = 0;
    for (Path model : SharedData.models(data)) {
      Optional<SharedData.Case> testCase = SharedData.testCase(model);
      if (testCase.isEmpty()) {
        unsupported.merge("test data", 1, Integer::sum);
        continue;
      }
      try {
        ImportedModel imported = OnnxImporter.readModel(model, testCase.get().bindings());
        specialized += imported.specializedInputs().isEmpty() ? 0 : 1;
        String problem = run(imported.graph(), testCase.get());
        passed += problem.isEmpty() ? 1 : 0;
        if (!problem.isEmpty()) {
          problems.add(model.getParent().getFileName() + ": " + problem);
        }
      } catch (UnsupportedModelException e) {
        e.operators().forEach(o -> unsupported.merge(o.operator(), 1, Integer::sum));
      }
    }
    log.info(
        "{}: {} pass ({} specialised to input contents), unsupported {}",
        data,
        passed,
        specialized,
        unsupported);
    assertThat(problems).isEmpty();
    assertThat(passed).isGreaterThanOrEqualTo(least);
  }

  @ParameterizedTest
  @CsvSource({"onnx-node", "onnx-node-old", "onnx-pytorch"})
  void exportedModelsComputeTheSame(String data) {
    List<String> problems = new ArrayList<>();
    for (Path model : SharedData.models(data)) {
      Optional<SharedData.Case> testCase = SharedData.testCase(model);
      if (testCase.isEmpty()) {
        continue;
      }
      try {
        Graph graph = OnnxImporter.read(model, testCase.get().bindings());
        Path exported = folder.resolve(model.getParent().getFileName() + ".onnx");
        OnnxExporter.write(graph, exported);
        String problem = run(OnnxImporter.read(exported, ShapeBindings.NONE), testCase.get());
        if (!problem.isEmpty()) {
          problems.add(model.getParent().getFileName() + ": " + problem);
        }
      } catch (UnsupportedModelException e) {
        // Counted by the other test.
      } catch (OnnxException e) {
        problems.add(model.getParent().getFileName() + ": " + e.getMessage());
      }
    }
    // Scales and sizes that contradict each other have no form in opset 17.
    problems.removeIf(problem -> problem.startsWith("test_resize_downsample_sizes_nearest_not"));
    assertThat(problems).isEmpty();
  }

  /// Shapes of the models with data; running them is for the conformance suite.
  @ParameterizedTest
  @CsvSource({"models,13", "onnx-light,9"})
  void modelsHaveTheirExpectedShapes(String data, int least) {
    int imported = 0;
    for (Path model : SharedData.models(data)) {
      Optional<SharedData.Case> testCase = SharedData.testCase(model);
      ShapeBindings bindings = testCase.map(SharedData.Case::bindings).orElse(ShapeBindings.NONE);
      Graph graph;
      try {
        graph = OnnxImporter.read(model, bindings);
      } catch (UnsupportedModelException e) {
        log.info("{}", e.getMessage());
        continue;
      }
      imported++;
      if (testCase.isPresent()) {
        for (int i = 0; i < testCase.get().outputs().size(); i++) {
          assertThat(graph.outputs().get(i).value().shape())
              .as(model.toString())
              .isEqualTo(Shape.of(testCase.get().outputs().get(i).shape()));
        }
      }
      OnnxExporter.write(graph, folder.resolve("exported.onnx"));
      Graph again = OnnxImporter.read(folder.resolve("exported.onnx"), ShapeBindings.NONE);
      assertThat(again.outputs().stream().map(o -> o.name() + o.value().type()))
          .isEqualTo(graph.outputs().stream().map(o -> o.name() + o.value().type()).toList());
    }
    assertThat(imported).isEqualTo(least);
  }

  private static String run(Graph graph, SharedData.Case testCase) {
    Verifier.verify(graph);
    Map<String, Tensor> results = Interpreter.run(graph, testCase.inputs());
    for (int i = 0; i < testCase.outputs().size(); i++) {
      String name = graph.outputs().get(i).name();
      String problem = difference(results.get(name), testCase.outputs().get(i));
      if (!problem.isEmpty()) {
        return name + " " + problem;
      }
    }
    return "";
  }

  /// Empty when two tensors agree to 1e-3 of each element and 1e-4 of the range.
  private static String difference(Tensor actual, Tensor expected) {
    if (actual.type() != expected.type() || !actual.shape().equals(expected.shape())) {
      return actual.type() + "" + actual.shape() + ", not " + expected.type() + expected.shape();
    }
    double range = 0;
    for (double value : expected.toDoubles()) {
      range = Double.isFinite(value) ? Math.max(range, Math.abs(value)) : range;
    }
    boolean narrow = expected.type() == DataType.F16 || expected.type() == DataType.BF16;
    double relative = expected.type().isFloat() ? narrow ? 2e-2 : 1e-3 : 0;
    double absolute = relative * range / 10;
    for (int i = 0; i < expected.size(); i++) {
      double a = actual.getDouble(i);
      double e = expected.getDouble(i);
      boolean same = a == e || Double.isNaN(a) && Double.isNaN(e);
      if (!same && !(Math.abs(a - e) <= absolute + relative * Math.abs(e))) {
        return "element " + i + " is " + a + ", not " + e;
      }
    }
    return "";
  }
}
