package dev.tuckerc.onnx.exporter;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.model.ModelFiles;
import dev.tuckerc.onnx.model.OnnxException;
import dev.tuckerc.onnx.model.OnnxException.Code;
import dev.tuckerc.onnx.model.OnnxTypes;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/// Writes graphs as plain ONNX that any runtime reads: standard operators of opset 17 (19 where a
/// graph needs what came later), every weight inside the file.
///
/// Scalar expressions become chains of elementwise operators. Memory layouts are dropped: they mean
/// nothing in ONNX.
public final class OnnxExporter {
  /// Weights beyond this do not fit one protobuf file with the rest of the model.
  private static final long MOST_WEIGHT_BYTES = 2_000_000_000L;

  private OnnxExporter() {}

  /// Writes a graph, at once or not at all.
  ///
  /// @throws OnnxException when the graph has no ONNX form or the file cannot be written
  public static void write(Graph graph, Path file) {
    ModelFiles.writeAtomically(file, toModel(graph, file.toString()));
  }

  /// The graph as an ONNX model.
  static ModelProto toModel(Graph graph, String file) {
    long opset = OperatorExporter.opsetFor(graph);
    GraphWriter writer = new GraphWriter(graph);
    OperatorExporter exporter = new OperatorExporter(writer, opset);
    GraphProto.Builder result = GraphProto.newBuilder();
    result.setName(graph.name().isEmpty() ? "model" : graph.name());
    Set<Value> inputs = new HashSet<>(graph.inputs());
    for (Value input : graph.inputs()) {
      result.addInput(info(input.name(), input));
    }
    long bytes = 0;
    for (Node node : graph.nodes()) {
      bytes += node.op() instanceof Constant constant ? constant.tensor().data().byteSize() : 0;
      if (bytes > MOST_WEIGHT_BYTES) {
        throw new OnnxException(
            Code.ONNX014, file + ": the weights exceed the 2 GB that one ONNX file can hold");
      }
      try {
        exporter.export(node);
      } catch (IrException e) {
        throw new OnnxException(
            Code.ONNX015,
            file + ": " + node.op().name() + " at " + node.location() + ": " + e.getMessage(),
            e);
      }
    }
    for (Graph.Output output : graph.outputs()) {
      if (!writer.name(output.value()).equals(output.name())) {
        writer.copy(output.value(), output.name(), inputs.contains(output.value()));
      }
      result.addOutput(info(output.name(), output.value()));
    }
    result.addAllNode(writer.nodes());
    result.addAllInitializer(writer.initializers());
    return ModelProto.newBuilder()
        .setIrVersion(opset > 18 ? 9 : 8)
        .setProducerName("tuckerc")
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(opset))
        .setGraph(result)
        .build();
  }

  private static ValueInfoProto info(String name, Value value) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (Dim dim : value.shape().dims()) {
      TensorShapeProto.Dimension.Builder extent = shape.addDimBuilder();
      switch (dim) {
        case Dim.Known(long known) -> extent.setDimValue(known);
        case Dim.Symbolic(String expression) -> extent.setDimParam(expression);
      }
    }
    TypeProto.Tensor.Builder tensor =
        TypeProto.Tensor.newBuilder()
            .setElemType(OnnxTypes.toOnnx(value.type().elementType()).getNumber())
            .setShape(shape);
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(TypeProto.newBuilder().setTensorType(tensor))
        .build();
  }
}
