package dev.tuckerc.tests.errors;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;

/// Models of a few nodes, sound and broken.
final class SmallModels {
  private static final int CHANNELS = 4;

  private SmallModels() {}

  /// x -> Conv -> Relu -> y, of `[1, 3, 8, 8]`.
  static ModelProto convolution() {
    return model(graph().addInitializer(weight(true)).build());
  }

  /// The same with its weight in a file that does not exist.
  static ModelProto missingExternalData() {
    TensorProto.Builder weight = weight(false).toBuilder();
    weight.setDataLocation(TensorProto.DataLocation.EXTERNAL);
    weight.addExternalData(
        StringStringEntryProto.newBuilder().setKey("location").setValue("weights.bin"));
    return model(graph().addInitializer(weight).build());
  }

  /// Two operators that do not exist.
  static ModelProto unknownOperators() {
    return model(
        GraphProto.newBuilder()
            .setName("unknown")
            .addInput(value("x", 1, 3, 8, 8))
            .addOutput(value("y", 1, 3, 8, 8))
            .addNode(node("first", "Frobnicate", "x", "h"))
            .addNode(node("second", "Defenestrate", "h", "y"))
            .build());
  }

  /// Two nodes that wait for each other.
  static ModelProto cycle() {
    return model(
        GraphProto.newBuilder()
            .setName("cycle")
            .addInput(value("x", 1, 3, 8, 8))
            .addOutput(value("y", 1, 3, 8, 8))
            .addNode(node("hen", "Add", "x", "egg_out", "hen_out"))
            .addNode(node("egg", "Relu", "hen_out", "egg_out"))
            .addNode(node("last", "Relu", "hen_out", "y"))
            .build());
  }

  /// A convolution whose weight wants other channels than the input has.
  static ModelProto wrongChannels() {
    GraphProto.Builder graph = graph();
    graph.setInput(0, value("x", 1, 5, 8, 8));
    return model(graph.addInitializer(weight(true)).build());
  }

  /// A convolution over more axes than kernels have.
  static ModelProto fourSpatialAxes() {
    return model(
        GraphProto.newBuilder()
            .setName("axes")
            .addInput(value("x", 1, 3, 8, 8, 2, 2))
            .addInitializer(weight(true).toBuilder().addDims(1).addDims(1))
            .addOutput(value("y", 1, CHANNELS, 6, 6, 2, 2))
            .addNode(node("conv", "Conv", "x", "w", "y"))
            .build());
  }

  private static GraphProto.Builder graph() {
    AttributeProto.Builder pads =
        AttributeProto.newBuilder().setName("pads").setType(AttributeProto.AttributeType.INTS);
    for (int i = 0; i < 4; i++) {
      pads.addInts(1);
    }
    return GraphProto.newBuilder()
        .setName("small")
        .addInput(value("x", 1, 3, 8, 8))
        .addOutput(value("y", 1, CHANNELS, 8, 8))
        .addNode(node("conv", "Conv", "x", "w", "h").toBuilder().addAttribute(pads))
        .addNode(node("relu", "Relu", "h", "y"));
  }

  private static TensorProto weight(boolean data) {
    TensorProto.Builder weight =
        TensorProto.newBuilder().setName("w").setDataType(TensorProto.DataType.FLOAT.getNumber());
    for (long extent : new long[] {CHANNELS, 3, 3, 3}) {
      weight.addDims(extent);
    }
    for (int i = 0; data && i < CHANNELS * 27; i++) {
      weight.addFloatData((i % 11 - 5) / 7f);
    }
    return weight.build();
  }

  private static ModelProto model(GraphProto graph) {
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
        .setGraph(graph)
        .build();
  }

  /// @param names operands, then the result
  private static NodeProto node(String name, String operator, String... names) {
    NodeProto.Builder node = NodeProto.newBuilder().setName(name).setOpType(operator);
    for (int i = 0; i < names.length - 1; i++) {
      node.addInput(names[i]);
    }
    return node.addOutput(names[names.length - 1]).build();
  }

  private static ValueInfoProto value(String name, long... extents) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (long extent : extents) {
      shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(extent));
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(TensorProto.DataType.FLOAT.getNumber())
                        .setShape(shape)))
        .build();
  }
}
