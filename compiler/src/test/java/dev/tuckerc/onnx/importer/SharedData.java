package dev.tuckerc.onnx.importer;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.tuckerc.onnx.model.ModelFiles;
import dev.tuckerc.onnx.model.OnnxException;
import dev.tuckerc.onnx.model.OnnxTensors;
import dev.tuckerc.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The test data beside the project: `shared/data` next to the repository's root, or where the
/// environment variable or system property TUCKERC_SHARED says.
public final class SharedData {
  private SharedData() {}

  /// A folder of the test data; the test is skipped where there is none.
  public static Path folder(String name) {
    Path folder = root().resolve("data").resolve(name);
    assumeTrue(
        Files.isDirectory(folder),
        () -> "no test data at " + folder + "; set TUCKERC_SHARED to run this test");
    return folder;
  }

  private static Path root() {
    String stated =
        Optional.ofNullable(System.getProperty("TUCKERC_SHARED"))
            .or(() -> Optional.ofNullable(System.getenv("TUCKERC_SHARED")))
            .orElse("");
    if (!stated.isEmpty()) {
      return Path.of(stated);
    }
    Path folder = Path.of("").toAbsolutePath();
    while (folder.getParent() != null && !Files.isDirectory(folder.resolve(".mvn"))) {
      folder = folder.getParent();
    }
    return folder.resolveSibling("shared");
  }

  /// All models in a folder, sorted.
  static List<Path> models(String name) {
    try (Stream<Path> files = Files.walk(folder(name))) {
      return files.filter(file -> file.toString().endsWith(".onnx")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// One set of inputs and expected outputs beside a model.
  record Case(Path model, Map<String, Tensor> inputs, List<Tensor> outputs) {
    /// The shapes of the inputs, and their contents for operands needed at compile time.
    ShapeBindings bindings() {
      ShapeBindings bindings = ShapeBindings.NONE;
      for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
        long[] shape = input.getValue().shape().stream().mapToLong(Long::longValue).toArray();
        bindings = bindings.with(input.getKey(), shape).withValue(input.getKey(), input.getValue());
      }
      return bindings;
    }
  }

  /// The test case of a model, when its tensors are all readable.
  static Optional<Case> testCase(Path model) {
    Path folder = model.resolveSibling("test_data_set_0");
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try {
      Map<String, Tensor> inputs = new LinkedHashMap<>();
      List<String> names = inputNames(model);
      for (int i = 0; i < names.size(); i++) {
        Path file = folder.resolve("input_" + i + ".pb");
        if (Files.exists(file)) {
          inputs.put(names.get(i), OnnxTensors.read(file));
        }
      }
      List<Tensor> outputs = new ArrayList<>();
      for (int i = 0; Files.exists(folder.resolve("output_" + i + ".pb")); i++) {
        outputs.add(OnnxTensors.read(folder.resolve("output_" + i + ".pb")));
      }
      return Optional.of(new Case(model, inputs, outputs));
    } catch (OnnxException e) {
      return Optional.empty();
    }
  }

  /// Names of the inputs that have no initializer, in the order of the test data.
  private static List<String> inputNames(Path model) {
    var graph = ModelFiles.readModel(model).getGraph();
    List<String> initialized = graph.getInitializerList().stream().map(i -> i.getName()).toList();
    return graph.getInputList().stream()
        .map(input -> input.getName())
        .filter(name -> !initialized.contains(name))
        .toList();
  }
}
