package dev.tuckerc.onnx.importer;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A function's nodes with the attributes of one call filled in, and the inputs it leaves out left
/// out.
public final class FunctionAttributes {
  private FunctionAttributes() {}

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
    List<NodeProto> nodes = new ArrayList<>();
    for (NodeProto node : function.getNodeList()) {
      NodeProto.Builder resolved = node.toBuilder().clearAttribute();
      for (int i = 0; i < node.getInputCount(); i++) {
        if (absent.contains(node.getInput(i))) {
          resolved.setInput(i, "");
        }
      }
      for (AttributeProto attribute : node.getAttributeList()) {
        if (attribute.getRefAttrName().isEmpty()) {
          resolved.addAttribute(attribute);
        } else if (given.containsKey(attribute.getRefAttrName())) {
          AttributeProto value = given.get(attribute.getRefAttrName());
          resolved.addAttribute(value.toBuilder().setName(attribute.getName()));
        }
        // An attribute that the call leaves out takes the operator's default.
      }
      nodes.add(resolved.build());
    }
    return nodes;
  }
}
