package dev.tuckerc.transform.decompose;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import java.util.HashSet;
import java.util.Set;

/// Labels for new constants of a graph.
final class UniqueLabels {
  private final Set<String> taken = new HashSet<>();

  private UniqueLabels() {}

  static UniqueLabels of(Graph graph) {
    UniqueLabels labels = new UniqueLabels();
    for (Node node : graph.nodes()) {
      if (node.op() instanceof Constant constant) {
        labels.taken.add(constant.label());
      }
    }
    return labels;
  }

  /// The wished label, numbered where it is taken.
  String unused(String wished) {
    String label = wished;
    for (int i = 1; !taken.add(label); i++) {
      label = wished + "." + i;
    }
    return label;
  }
}
