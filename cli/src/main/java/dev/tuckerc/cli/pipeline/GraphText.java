package dev.tuckerc.cli.pipeline;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// A graph's text form and the constants that it refers to by name.
public record GraphText(String text, SequencedMap<String, Tensor> constants) {

  /// The text of a graph.
  public static GraphText of(Graph graph) {
    return new GraphText(graph.name(), new LinkedHashMap<>());
  }

  /// The graph of a text.
  public static Graph parse(String text, Map<String, Tensor> constants) {
    throw new IllegalStateException();
  }
}
