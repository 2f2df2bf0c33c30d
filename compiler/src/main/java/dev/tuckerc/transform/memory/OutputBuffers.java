package dev.tuckerc.transform.memory;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.Set;

/// Which values are computed straight into the buffers of the graph's outputs.
///
/// @param indices index of the output whose buffer a value is the storage of
record OutputBuffers(SequencedMap<Value, Integer> indices) {
  OutputBuffers {
    indices = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(indices));
  }

  /// Every output claims the storage of its value, if that is computed by a node, has the output's
  /// size, and is not claimed yet. An output that goes without needs a copy.
  static OutputBuffers of(Graph graph, Aliases aliases) {
    Set<Value> computed = new HashSet<>();
    for (Node node : graph.nodes()) {
      if (!(node.op() instanceof Constant)) {
        computed.addAll(node.results());
      }
    }
    computed.removeIf(value -> aliases.storageOf(value).root() != value);
    SequencedMap<Value, Integer> indices = new LinkedHashMap<>();
    for (int index = 0; index < graph.outputs().size(); index++) {
      Value value = graph.outputs().get(index).value();
      Aliases.Storage storage = aliases.storageOf(value);
      if (computed.contains(storage.root())
          && storage.root().type().bytes() == value.type().bytes()) {
        indices.putIfAbsent(storage.root(), index);
      }
    }
    return new OutputBuffers(indices);
  }

  /// Whether output `index` has its value's storage as its buffer.
  boolean isServed(int index) {
    return indices.containsValue(index);
  }
}
