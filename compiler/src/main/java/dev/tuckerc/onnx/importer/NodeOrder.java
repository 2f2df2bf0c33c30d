package dev.tuckerc.onnx.importer;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/// An order of a graph's nodes in which values are defined before they are used. It is the file's
/// own order where that is one; some exporters write another.
public record NodeOrder(List<Integer> order, List<Integer> cyclic) {

  /// Orders nodes; those on a cycle, or behind one, are left over in `cyclic`.
  static NodeOrder of(List<NodeProto> nodes) {
    Map<String, Integer> producer = new HashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      for (String output : nodes.get(i).getOutputList()) {
        producer.putIfAbsent(output, i);
      }
    }
    List<List<Integer>> users = new ArrayList<>();
    int[] waiting = new int[nodes.size()];
    nodes.forEach(_ -> users.add(new ArrayList<>()));
    for (int i = 0; i < nodes.size(); i++) {
      for (int source : sources(nodes.get(i), producer)) {
        users.get(source).add(i);
        waiting[i]++;
      }
    }
    PriorityQueue<Integer> ready = new PriorityQueue<>();
    for (int i = 0; i < waiting.length; i++) {
      if (waiting[i] == 0) {
        ready.add(i);
      }
    }
    List<Integer> order = new ArrayList<>();
    while (!ready.isEmpty()) {
      int next = ready.remove();
      order.add(next);
      for (int user : users.get(next)) {
        if (--waiting[user] == 0) {
          ready.add(user);
        }
      }
    }
    Set<Integer> left = new LinkedHashSet<>();
    for (int i = 0; i < nodes.size(); i++) {
      left.add(i);
    }
    order.forEach(left::remove);
    return new NodeOrder(order, List.copyOf(left));
  }

  private static Set<Integer> sources(NodeProto node, Map<String, Integer> producer) {
    Set<String> names = new LinkedHashSet<>();
    collectUses(node, names);
    Set<Integer> sources = new LinkedHashSet<>();
    for (String name : names) {
      Integer source = producer.get(name);
      if (source != null && !name.isEmpty()) {
        sources.add(source);
      }
    }
    return sources;
  }

  /// Names a node uses; graphs in its attributes use names of the outer graph.
  private static void collectUses(NodeProto node, Set<String> names) {
    names.addAll(node.getInputList());
    for (AttributeProto attribute : node.getAttributeList()) {
      if (attribute.hasG()) {
        names.addAll(freeNames(attribute.getG()));
      }
    }
  }

  private static Set<String> freeNames(GraphProto graph) {
    Set<String> names = new LinkedHashSet<>();
    Set<String> own = new HashSet<>();
    graph.getInputList().forEach(input -> own.add(input.getName()));
    graph.getInitializerList().forEach(initializer -> own.add(initializer.getName()));
    for (NodeProto node : graph.getNodeList()) {
      collectUses(node, names);
      own.addAll(node.getOutputList());
    }
    graph.getOutputList().forEach(output -> names.add(output.getName()));
    names.removeAll(own);
    return names;
  }
}
