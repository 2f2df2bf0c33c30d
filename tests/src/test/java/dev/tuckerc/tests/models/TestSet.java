package dev.tuckerc.tests.models;

import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.importer.OnnxImporter;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.onnx.model.OnnxTensors;
import dev.tuckerc.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/// Inputs that come with a model, and the shapes they bind.
///
/// @param folder where the files are
public record TestSet(Path folder, Map<String, Tensor> inputs, ShapeBindings bindings) {

  /// The first test set beside a model.
  public static TestSet first(Path model) {
    Path folder = model.resolveSibling("test_data_set_0");
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    ShapeBindings bindings = ShapeBindings.NONE;
    int index = 0;
    for (Value input : OnnxImporter.read(model, ShapeBindings.NONE).inputs()) {
      Tensor tensor = OnnxTensors.read(folder.resolve("input_" + index++ + ".pb"));
      inputs.put(input.name(), tensor);
      bindings =
          bindings.with(input.name(), tensor.shape().stream().mapToLong(Long::longValue).toArray());
    }
    return new TestSet(folder, inputs, bindings);
  }
}
