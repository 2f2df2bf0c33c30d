package dev.tuckerc.onnx.importer;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A function's nodes with the attributes of one call filled in, and the inputs it leaves out left
/// out; in the graphs of its control flow too.
public final class FunctionAttributes {
  private final Map<String, AttributeProto> given;

  private FunctionAttributes(Map<String, AttributeProto> given) {
    this.given = given;
  }

  static List<NodeProto> resolve(FunctionProto function, NodeProto call) {
    Map<String, AttributeProto> given = new HashMap<>();
    function.getAttributeProtoList().forEach(a -> given.put(a.getName(), a));
    call.getAttributeList().forEach(a -> given.put(a.getName(), a));
    Set<String> absent = new HashSet<>();
    for (int i = 0; i < function.getInputCount(); i++) {
      if (i >= call.getInputCount() || call.getInput(i).isEmpty()) {
        absent.add(function.getInput(i));
      }
    }
    return new FunctionAttributes(given).nodes(function.getNodeList(), absent);
  }

  /// @param absent names that stand for no value
  private List<NodeProto> nodes(List<NodeProto> nodes, Set<String> absent) {
    return nodes.stream().map(node -> node(node, absent)).toList();
  }

  private NodeProto node(NodeProto node, Set<String> absent) {
    NodeProto.Builder resolved = node.toBuilder().clearAttribute();
    for (int i = 0; i < node.getInputCount(); i++) {
      if (absent.contains(node.getInput(i))) {
        resolved.setInput(i, "");
      }
    }
    for (AttributeProto attribute : node.getAttributeList()) {
      if (attribute.hasG()) {
        resolved.addAttribute(attribute.toBuilder().setG(graph(attribute.getG(), absent)).build());
      } else if (attribute.getRefAttrName().isEmpty()) {
        resolved.addAttribute(attribute);
      } else if (given.containsKey(attribute.getRefAttrName())) {
        AttributeProto value = given.get(attribute.getRefAttrName());
        resolved.addAttribute(value.toBuilder().setName(attribute.getName()));
      }
      // An attribute that the call leaves out takes the operator's default.
    }
    return resolved.build();
  }

  private GraphProto graph(GraphProto graph, Set<String> absent) {
    // A name that the graph defines itself hides that of the function.
    Set<String> own = new HashSet<>(absent);
    graph.getInputList().stream().map(ValueInfoProto::getName).forEach(own::remove);
    graph.getInitializerList().forEach(tensor -> own.remove(tensor.getName()));
    graph.getNodeList().forEach(node -> own.removeAll(node.getOutputList()));
    return graph.toBuilder().clearNode().addAllNode(nodes(graph.getNodeList(), own)).build();
  }
}
