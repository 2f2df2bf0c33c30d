package dev.tuckerc.onnx.importer;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import dev.tuckerc.onnx.exporter.GraphWriter;
import dev.tuckerc.onnx.model.OnnxTensors;
import dev.tuckerc.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Small ONNX models for tests.
public final class Models {
  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("test");
  private final long opset;

  private Models(long opset) {
    this.opset = opset;
  }

  static Models opset(long opset) {
    return new Models(opset);
  }

  /// Adds a float input; an extent that is no number is a symbol.
  Models input(String name, String... extents) {
    return input(name, TensorProto.DataType.FLOAT_VALUE, extents);
  }

  Models input(String name, int type, String... extents) {
    graph.addInput(info(name, type, extents));
    return this;
  }

  /// Adds an output of undeclared type.
  Models output(String name) {
    graph.addOutput(ValueInfoProto.newBuilder().setName(name));
    return this;
  }

  Models weights(String name, Tensor tensor) {
    graph.addInitializer(OnnxTensors.toProto(name, tensor));
    return this;
  }

  Models weights(TensorProto tensor) {
    graph.addInitializer(tensor);
    return this;
  }

  /// Adds a node named after its output.
  Models node(String type, List<String> inputs, String output, AttributeProto... attributes) {
    graph.addNode(
        NodeProto.newBuilder()
            .setOpType(type)
            .setName(output + "_node")
            .addAllInput(inputs)
            .addOutput(output)
            .addAllAttribute(List.of(attributes)));
    return this;
  }

  GraphProto.Builder graph() {
    return graph;
  }

  ModelProto build() {
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
        .setGraph(graph)
        .build();
  }

  Path write(Path folder) {
    try {
      return Files.write(folder.resolve("model.onnx"), build().toByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ValueInfoProto info(String name, int type, String... extents) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (String extent : extents) {
      if (extent.matches("-?\\d+")) {
        shape.addDimBuilder().setDimValue(Long.parseLong(extent));
      } else {
        shape.addDimBuilder().setDimParam(extent);
      }
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(TypeProto.Tensor.newBuilder().setElemType(type).setShape(shape)))
        .build();
  }

  /// A convolution, batch norm, ReLU, pooling and a matrix product.
  static Models smallCnn() {
    return opset(17)
        .input("x", "N", "3", "8", "8")
        .weights("w", ramp(4, 3, 3, 3))
        .weights("scale", ramp(4))
        .weights("shift", ramp(4))
        .weights("mean", ramp(4))
        .weights("variance", ramp(4))
        .weights("fc", ramp(64, 5))
        .weights("shape", Tensor.ofLongs(List.of(2L), 0, -1))
        .node(
            "Conv", List.of("x", "w"), "c", GraphWriter.attribute("pads", List.of(1L, 1L, 1L, 1L)))
        .node("BatchNormalization", List.of("c", "scale", "shift", "mean", "variance"), "b")
        .node("Relu", List.of("b"), "r")
        .node(
            "MaxPool",
            List.of("r"),
            "p",
            GraphWriter.attribute("kernel_shape", List.of(2L, 2L)),
            GraphWriter.attribute("strides", List.of(2L, 2L)))
        .node("Reshape", List.of("p", "shape"), "f")
        .node("MatMul", List.of("f", "fc"), "y")
        .output("y");
  }

  /// Positive values that differ.
  static Tensor ramp(long... extents) {
    List<Long> shape = java.util.stream.LongStream.of(extents).boxed().toList();
    Tensor tensor = Tensor.zeros(dev.tuckerc.tensor.DataType.F32, shape);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.setDouble(i, 0.25 + i % 17 * 0.125);
    }
    return tensor;
  }
}
