package dev.tuckerc.tests.operators;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import dev.tuckerc.onnx.model.ExternalData;
import dev.tuckerc.onnx.model.OnnxTensors;
import dev.tuckerc.onnx.model.OnnxTypes;
import dev.tuckerc.tensor.Tensor;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// A model of one node with data for its inputs, under construction.
final class OperatorInstance {
  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("instance");
  private final NodeProto.Builder node;
  private final long opset;
  private final Map<String, Tensor> inputs = new LinkedHashMap<>();
  private double tolerance = 1;

  private OperatorInstance(String type, long opset) {
    this.opset = opset;
    this.node = NodeProto.newBuilder().setOpType(type).setName("node").addOutput("y0");
  }

  static OperatorInstance of(String type, long opset) {
    return new OperatorInstance(type, opset);
  }

  /// Adds an input of the model.
  OperatorInstance input(Tensor tensor) {
    String name = "x" + node.getInputCount();
    TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
    tensor
        .shape()
        .forEach(e -> shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(e)));
    graph.addInput(
        ValueInfoProto.newBuilder()
            .setName(name)
            .setType(
                TypeProto.newBuilder()
                    .setTensorType(
                        TypeProto.Tensor.newBuilder()
                            .setElemType(OnnxTypes.toOnnx(tensor.type()).getNumber())
                            .setShape(shape))));
    node.addInput(name);
    inputs.put(name, tensor);
    return this;
  }

  /// Adds an initializer.
  OperatorInstance constant(Tensor tensor) {
    String name = "c" + node.getInputCount();
    graph.addInitializer(OnnxTensors.toProto(name, tensor));
    node.addInput(name);
    return this;
  }

  OperatorInstance longs(long... values) {
    return constant(Tensor.ofLongs(List.of((long) values.length), values));
  }

  OperatorInstance longs(List<Long> values) {
    return longs(values.stream().mapToLong(Long::longValue).toArray());
  }

  /// Leaves an input out.
  OperatorInstance absent() {
    node.addInput("");
    return this;
  }

  /// Asks for further outputs.
  OperatorInstance outputs(int count) {
    for (int i = node.getOutputCount(); i < count; i++) {
      node.addOutput("y" + i);
    }
    return this;
  }

  /// Results may be off by so many times more than usual.
  OperatorInstance tolerance(double factor) {
    tolerance = factor;
    return this;
  }

  double tolerance() {
    return tolerance;
  }

  OperatorInstance with(String name, long value) {
    node.addAttribute(attribute(name, AttributeType.INT).setI(value));
    return this;
  }

  OperatorInstance with(String name, boolean value) {
    return with(name, value ? 1 : 0);
  }

  OperatorInstance with(String name, double value) {
    node.addAttribute(attribute(name, AttributeType.FLOAT).setF((float) value));
    return this;
  }

  OperatorInstance with(String name, String value) {
    node.addAttribute(attribute(name, AttributeType.STRING).setS(ByteString.copyFromUtf8(value)));
    return this;
  }

  OperatorInstance with(String name, List<Long> values) {
    node.addAttribute(attribute(name, AttributeType.INTS).addAllInts(values));
    return this;
  }

  OperatorInstance texts(String name, List<String> values) {
    node.addAttribute(
        attribute(name, AttributeType.STRINGS)
            .addAllStrings(values.stream().map(ByteString::copyFromUtf8).toList()));
    return this;
  }

  OperatorInstance with(String name, Tensor value) {
    node.addAttribute(attribute(name, AttributeType.TENSOR).setT(OnnxTensors.toProto("", value)));
    return this;
  }

  private static AttributeProto.Builder attribute(String name, AttributeType type) {
    return AttributeProto.newBuilder().setName(name).setType(type);
  }

  Map<String, Tensor> inputs() {
    return inputs;
  }

  ModelProto model() {
    GraphProto.Builder whole = graph.clone().addNode(node);
    node.getOutputList().stream()
        .filter(name -> !name.isEmpty())
        .forEach(name -> whole.addOutput(ValueInfoProto.newBuilder().setName(name)));
    return ModelProto.newBuilder()
        .setIrVersion(opset > 20 ? 10 : 8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
        .setGraph(whole)
        .build();
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(node.getOpType() + "-" + opset + " {");
    for (AttributeProto attribute : node.getAttributeList()) {
      text.append(" ").append(attribute.toString().replaceAll("\\s+", " "));
    }
    text.append("}");
    for (String name : node.getInputList()) {
      Tensor tensor = inputs.get(name);
      text.append(" ").append(tensor == null ? name : tensor.type() + "" + tensor.shape());
    }
    graph
        .getInitializerList()
        .forEach(tensor ->
            text.append(" ")
                .append(tensor.getName())
                .append("=")
                .append(OnnxTensors.toTensor(tensor, "", new ExternalData(Path.of(".")))));
    return text.toString();
  }
}
