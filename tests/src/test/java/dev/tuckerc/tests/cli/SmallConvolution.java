package dev.tuckerc.tests.cli;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// `x` through a 3x3 convolution and a Relu, with the names and extents that a test wants.
final class SmallConvolution {
  private static final int CHANNELS = 4;

  private SmallConvolution() {}

  /// Input `x`, outputs `y` (the Relu) and `z` (the convolution), of `[1,3,8,8]`.
  static ModelProto model(String convolution, String input, String output, String second) {
    return model(convolution, input, output, second, "1", "3", "8", "8");
  }

  /// @param extents numbers, or names of open extents
  static ModelProto model(
      String convolution, String input, String output, String second, String... extents) {
    AttributeProto.Builder pads =
        AttributeProto.newBuilder().setName("pads").setType(AttributeProto.AttributeType.INTS);
    for (int i = 0; i < 4; i++) {
      pads.addInts(1);
    }
    TensorProto.Builder weight =
        TensorProto.newBuilder()
            .setName("w" + input)
            .setDataType(TensorProto.DataType.FLOAT.getNumber());
    for (long extent : new long[] {CHANNELS, 3, 3, 3}) {
      weight.addDims(extent);
    }
    for (int i = 0; i < CHANNELS * 27; i++) {
      weight.addFloatData((i % 11 - 5) / 7f);
    }
    String[] results = extents.clone();
    results[1] = String.valueOf(CHANNELS);
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
        .setGraph(
            GraphProto.newBuilder()
                .setName(convolution)
                .addInput(value(input, extents))
                .addOutput(value(output, results))
                .addOutput(value(second, results))
                .addInitializer(weight)
                .addNode(
                    NodeProto.newBuilder()
                        .setName(convolution)
                        .setOpType("Conv")
                        .addInput(input)
                        .addInput("w" + input)
                        .addOutput(second)
                        .addAttribute(pads))
                .addNode(
                    NodeProto.newBuilder()
                        .setName(convolution + "2")
                        .setOpType("Relu")
                        .addInput(second)
                        .addOutput(output)))
        .build();
  }

  private static ValueInfoProto value(String name, String... extents) {
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    for (String extent : extents) {
      TensorShapeProto.Dimension.Builder dim = shape.addDimBuilder();
      if (extent.matches("\\d+")) {
        dim.setDimValue(Long.parseLong(extent));
      } else {
        dim.setDimParam(extent);
      }
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

  /// A conformance case: Relu of zeros.
  static void write(Path test) throws IOException {
    ModelProto whole = model("conv", "x", "y", "z");
    GraphProto relu =
        GraphProto.newBuilder()
            .setName("relu")
            .addInput(value("x", "2"))
            .addOutput(value("y", "2"))
            .addNode(NodeProto.newBuilder().setOpType("Relu").addInput("x").addOutput("y"))
            .build();
    write(test.resolve("model.onnx"), whole.toBuilder().setGraph(relu).build());
    TensorProto zeros =
        TensorProto.newBuilder()
            .setDataType(TensorProto.DataType.FLOAT.getNumber())
            .addDims(2)
            .addFloatData(0)
            .addFloatData(0)
            .build();
    write(test.resolve("test_data_set_0/input_0.pb"), zeros);
    write(test.resolve("test_data_set_0/output_0.pb"), zeros);
  }

  /// Writes a message to a file.
  static void write(Path file, MessageLite message) throws IOException {
    Files.write(file, message.toByteArray());
  }
}
