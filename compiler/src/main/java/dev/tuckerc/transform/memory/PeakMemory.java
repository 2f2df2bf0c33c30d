package dev.tuckerc.transform.memory;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;

/// The liveness model by which rewrites for memory are accepted: bytes of activations that live at
/// once at the worst moment, inputs and outputs of the model not counted.
public final class PeakMemory {
  private PeakMemory() {}

  /// The peak of a graph as it would be if nothing but the placement of concats and outputs were to
  /// come.
  ///
  /// @param graph of known extents, with layouts assigned
  public static long bytes(Graph graph) {
    PassContext aside = PassContext.of(Precision.FP32);
    Graph placed = new PlaceConcats().run(graph, aside);
    return MemoryPlanner.plan(new OwnOutputs().run(placed, aside)).lowerBound();
  }
}
