package dev.tuckerc.onnx.model;

import ai.onnx.proto.OnnxMl.GraphProto;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The inputs of a model, without importing it.
public final class ModelInputs {
  private ModelInputs() {}

  /// Names of the inputs that have to be given, in the model's order; those with an initializer are
  /// left out.
  ///
  /// @throws OnnxException when the file is no model
  public static List<String> names(Path file) {
    GraphProto graph = ModelFiles.readModel(file).getGraph();
    Set<String> initialized = new HashSet<>();
    graph.getInitializerList().forEach(tensor -> initialized.add(tensor.getName()));
    return graph.getInputList().stream()
        .map(input -> input.getName())
        .filter(name -> !initialized.contains(name))
        .toList();
  }
}
