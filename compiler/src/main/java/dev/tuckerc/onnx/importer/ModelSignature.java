package dev.tuckerc.onnx.importer;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.tuckerc.ir.PrintableText;
import dev.tuckerc.onnx.model.ModelFiles;
import dev.tuckerc.onnx.model.OnnxTypes;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// What a model declares of its inputs and outputs, before anything is bound.
///
/// @param inputs those that are no initializers, in the model's order
/// @param outputs in the model's order
public record ModelSignature(List<Declared> inputs, List<Declared> outputs) {

  /// One input or output.
  ///
  /// @param type element type and extents, such as `F32[N,3,H,W]`; `?` stands for an extent without
  ///   a name
  public record Declared(String name, String type) {
    /// Name and type, fit to be shown.
    public String text() {
      return PrintableText.brief(name) + " " + PrintableText.brief(type);
    }
  }

  /// Of nothing.
  public static final ModelSignature NONE = new ModelSignature(List.of(), List.of());

  public ModelSignature {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
  }

  /// Reads a model's signature.
  ///
  /// @throws dev.tuckerc.onnx.model.OnnxException when the file is no model
  public static ModelSignature read(Path file) {
    GraphProto graph = ModelFiles.readModel(file).getGraph();
    Set<String> initialized =
        graph.getInitializerList().stream().map(i -> i.getName()).collect(Collectors.toSet());
    return new ModelSignature(
        graph.getInputList().stream()
            .filter(input -> !initialized.contains(input.getName()))
            .map(ModelSignature::declared)
            .toList(),
        graph.getOutputList().stream().map(ModelSignature::declared).toList());
  }

  private static Declared declared(ValueInfoProto value) {
    TypeProto.Tensor type = value.getType().getTensorType();
    String element =
        OnnxTypes.fromOnnx(type.getElemType())
            .map(known -> known.name())
            .orElseGet(() -> OnnxTypes.describe(type.getElemType()));
    return new Declared(
        value.getName(),
        element + (type.hasShape() ? OpenExtents.declared(type.getShape()) : "[...]"));
  }
}
