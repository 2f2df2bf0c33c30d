package dev.tuckerc.onnx.importer;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import dev.tuckerc.ir.Value;
import dev.tuckerc.onnx.content.FoldingGraphBuilder;
import dev.tuckerc.onnx.importer.UnsupportedModelException.UnsupportedOperator;
import dev.tuckerc.onnx.model.ExternalData;
import dev.tuckerc.onnx.model.OnnxException;
import dev.tuckerc.onnx.model.OnnxException.Code;
import dev.tuckerc.onnx.model.OnnxTensors;
import dev.tuckerc.onnx.model.OnnxTypes;
import dev.tuckerc.onnx.model.SparseTensors;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The initializers of a graph, as constants; sparse ones become dense.
final class Initializers {
  private final String file;
  private final ExternalData external;
  private final FoldingGraphBuilder builder;
  private final List<UnsupportedOperator> unsupported = new ArrayList<>();

  Initializers(String file, ExternalData external, FoldingGraphBuilder builder) {
    this.file = file;
    this.external = external;
    this.builder = builder;
  }

  /// Names of a graph's initializers.
  static Set<String> names(GraphProto graph) {
    Set<String> names = new HashSet<>();
    graph.getInitializerList().forEach(tensor -> names.add(tensor.getName()));
    graph.getSparseInitializerList().forEach(tensor -> names.add(tensor.getValues().getName()));
    return names;
  }

  /// Those that are used but have no form here.
  List<UnsupportedOperator> unsupported() {
    return unsupported;
  }

  /// Defines the initializers in a scope; those that nothing uses may be of any type.
  ///
  /// @param used names of the values that are used
  void define(Scope scope, GraphProto graph, Set<String> used) {
    for (TensorProto proto : graph.getInitializerList()) {
      define(scope, proto.getName(), dense(proto, used.contains(proto.getName())));
    }
    for (SparseTensorProto proto : graph.getSparseInitializerList()) {
      String name = proto.getValues().getName();
      define(scope, name, sparse(proto, used.contains(name)));
    }
  }

  private void define(Scope scope, String name, Optional<Value> value) {
    if (name.isEmpty() || !scope.define(name, value)) {
      throw new OnnxException(
          Code.ONNX009, file + ": initializer '" + name + "' is unnamed or defined twice");
    }
  }

  private Optional<Value> dense(TensorProto proto, boolean used) {
    if (!isSupported(proto, used)) {
      return Optional.empty();
    }
    String name = proto.getName();
    return Optional.of(builder.constant(name, OnnxTensors.toTensor(proto, what(name), external)));
  }

  private Optional<Value> sparse(SparseTensorProto proto, boolean used) {
    if (!isSupported(proto.getValues(), used)) {
      return Optional.empty();
    }
    String name = proto.getValues().getName();
    return Optional.of(builder.constant(name, SparseTensors.toDense(proto, what(name), external)));
  }

  private boolean isSupported(TensorProto values, boolean used) {
    boolean supported = OnnxTypes.fromOnnx(values.getDataType()).isPresent();
    if (!supported && used) {
      String reason =
          "element type " + OnnxTypes.describe(values.getDataType()) + " is unsupported";
      unsupported.add(
          new UnsupportedOperator(values.getName(), -1, "", "initializer", 0, List.of(), reason));
    }
    return supported && used;
  }

  private String what(String name) {
    return file + ": initializer '" + name + "'";
  }
}
