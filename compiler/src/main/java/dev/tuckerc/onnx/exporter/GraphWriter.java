package dev.tuckerc.onnx.exporter;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.model.OnnxTensors;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Nodes and initializers of an ONNX graph being written, with a unique name for each.
public final class GraphWriter {
  private final List<NodeProto> nodes = new ArrayList<>();
  private final List<TensorProto> initializers = new ArrayList<>();
  private final Map<Value, String> names = new IdentityHashMap<>();
  private final Set<String> taken = new HashSet<>();
  private final Set<String> nodeNames = new HashSet<>();
  private final Map<String, String> smallConstants = new HashMap<>();
  private String location = "";

  /// Inputs keep their names, and so do the values that are outputs.
  GraphWriter(Graph graph) {
    for (Value input : graph.inputs()) {
      names.put(input, input.name());
      taken.add(input.name());
    }
    for (Graph.Output output : graph.outputs()) {
      taken.add(output.name());
    }
    for (Graph.Output output : graph.outputs()) {
      names.putIfAbsent(output.value(), output.name());
    }
  }

  List<NodeProto> nodes() {
    return nodes;
  }

  List<TensorProto> initializers() {
    return initializers;
  }

  /// Names the nodes written from now on.
  void enter(String newLocation) {
    location = newLocation;
  }

  /// The name of a value.
  String name(Value value) {
    return names.computeIfAbsent(value, v -> fresh(v.name()));
  }

  /// Lets a value go by the name of another, when it is the same data.
  ///
  /// @return whether it could: an output has a name of its own
  boolean alias(Value value, Value same) {
    if (names.containsKey(value)) {
      return false;
    }
    names.put(value, name(same));
    return true;
  }

  /// A name not in use.
  String fresh(String hint) {
    return unique(taken, hint.isEmpty() ? "t" : hint);
  }

  private static String unique(Set<String> used, String base) {
    String name = base;
    for (int i = 1; !used.add(name); i++) {
      name = base + "_" + i;
    }
    return name;
  }

  /// Adds weights under the value's name.
  void weights(Value value, Tensor tensor) {
    initializers.add(OnnxTensors.toProto(name(value), tensor));
  }

  /// The name of an initializer with these contents; small ones are shared.
  String constant(String hint, Tensor tensor) {
    byte[] data = tensor.data().toArray(ValueLayout.JAVA_BYTE);
    String key = tensor.type().text() + tensor.shape() + Arrays.toString(data);
    return smallConstants.computeIfAbsent(
        key,
        _ -> {
          String name = fresh(hint);
          initializers.add(OnnxTensors.toProto(name, tensor));
          return name;
        });
  }

  /// A vector of integers as an operand.
  String longs(String hint, List<Long> values) {
    long[] array = values.stream().mapToLong(Long::longValue).toArray();
    return constant(hint, Tensor.ofLongs(List.of((long) array.length), array));
  }

  /// Gives an output that shares its value with an input or another output a value of its own.
  void copy(Value value, String output, boolean isInput) {
    enter(isInput ? value.name() : output);
    node("Identity", List.of(name(value)), output);
  }

  /// Adds a node.
  ///
  /// @param inputs names; an empty one leaves an optional input out
  void node(String type, List<String> inputs, String output, AttributeProto... attributes) {
    nodes.add(
        NodeProto.newBuilder()
            .setOpType(type)
            .setName(unique(nodeNames, location.isEmpty() ? output : location))
            .addAllInput(inputs)
            .addOutput(output)
            .addAllAttribute(List.of(attributes))
            .build());
  }

  /// Writes a node of an IR operation.
  ///
  /// @param more names of inputs after the operands
  void node(
      String type,
      List<Value> operands,
      Value result,
      List<String> more,
      AttributeProto... attributes) {
    List<String> inputs = new ArrayList<>(operands.stream().map(this::name).toList());
    inputs.addAll(more);
    node(type, inputs, name(result), attributes);
  }

  public static AttributeProto attribute(String name, long value) {
    return AttributeProto.newBuilder().setName(name).setType(AttributeType.INT).setI(value).build();
  }

  public static AttributeProto attribute(String name, boolean value) {
    return attribute(name, value ? 1L : 0L);
  }

  public static AttributeProto attribute(String name, double value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeType.FLOAT)
        .setF((float) value)
        .build();
  }

  public static AttributeProto attribute(String name, String value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeType.STRING)
        .setS(ByteString.copyFromUtf8(value))
        .build();
  }

  public static AttributeProto attribute(String name, List<Long> values) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeType.INTS)
        .addAllInts(values)
        .build();
  }
}
