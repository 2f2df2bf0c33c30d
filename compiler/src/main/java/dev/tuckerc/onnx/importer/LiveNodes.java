package dev.tuckerc.onnx.importer;

import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The nodes that a graph's outputs depend on. What nothing uses is not looked at, whatever it is.
///
/// @param nodes their indices
/// @param names of the values that they and the outputs use
record LiveNodes(Set<Integer> nodes, Set<String> names) {

  static LiveNodes of(List<NodeProto> nodes, Collection<String> outputs) {
    Map<String, Integer> producer = new HashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      for (String output : nodes.get(i).getOutputList()) {
        producer.putIfAbsent(output, i);
      }
    }
    Set<Integer> live = new HashSet<>();
    Set<String> names = new HashSet<>(outputs);
    Deque<String> open = new ArrayDeque<>(outputs);
    while (!open.isEmpty()) {
      Integer index = producer.get(open.remove());
      if (index != null && live.add(index)) {
        Set<String> uses = new HashSet<>();
        NodeOrder.collectUses(nodes.get(index), uses);
        uses.removeIf(name -> !names.add(name));
        open.addAll(uses);
      }
    }
    return new LiveNodes(live, names);
  }
}
