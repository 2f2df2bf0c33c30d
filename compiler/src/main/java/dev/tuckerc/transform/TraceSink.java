package dev.tuckerc.transform;

import dev.tuckerc.ir.Graph;

/// Receives the graph after every pass.
@FunctionalInterface
public interface TraceSink {
  /// Keeps nothing.
  TraceSink NONE = (index, pass, graph) -> {};

  /// @param index position in the pipeline; 0 is the graph as it came in
  /// @param pass name of the pass that made the graph
  void accept(int index, String pass, Graph graph);
}
