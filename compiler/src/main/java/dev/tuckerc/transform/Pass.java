package dev.tuckerc.transform;

import dev.tuckerc.ir.Graph;

/// One step of the pipeline: maps a graph to an equivalent one.
///
/// A pass keeps the model's signature: the names, element types and shapes of inputs and outputs,
/// in their order. It holds no state between runs.
public interface Pass {
  /// Name in dumps, logs and reports, as in `fold-batch-norm`.
  String name();

  /// The rewritten graph; the same object when nothing changed.
  ///
  /// @throws dev.tuckerc.ir.IrException when the model cannot be compiled as asked, naming the node
  Graph run(Graph graph, PassContext context);
}
