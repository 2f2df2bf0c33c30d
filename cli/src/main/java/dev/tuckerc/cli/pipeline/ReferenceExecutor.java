package dev.tuckerc.cli.pipeline;

import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.interpret.Accumulation;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.ir.interpret.Observer;
import dev.tuckerc.tensor.Tensor;
import java.util.Map;
import java.util.SequencedMap;

/// The device `reference`: interprets a graph on the host, in float64 where it matters, or with
/// sums in float32 for whole data sets.
public final class ReferenceExecutor implements Executor {
  private final Graph graph;
  private final Accumulation accumulation;
  private long nanos;

  /// @param graph a model, at any stage of its way
  public ReferenceExecutor(Graph graph) {
    this(graph, Accumulation.DOUBLE);
  }

  /// @param graph a model, at any stage of its way
  public ReferenceExecutor(Graph graph, Accumulation accumulation) {
    this.graph = graph;
    this.accumulation = accumulation;
  }

  /// An executor of the graph that a bundle was made from.
  public static ReferenceExecutor of(Bundle bundle) {
    return of(bundle, Accumulation.DOUBLE);
  }

  /// An executor of the graph that a bundle was made from.
  public static ReferenceExecutor of(Bundle bundle, Accumulation accumulation) {
    return new ReferenceExecutor(
        GraphText.parse(bundle.graph(), HostTensors.fromHost(bundle.weights())), accumulation);
  }

  /// Whether the graph computes in 16-bit floats.
  public boolean usesHalf() {
    return GraphFigures.usesHalf(graph);
  }

  @Override
  public String description() {
    return "reference (interpreter of the tensor graph, sums in "
        + (accumulation == Accumulation.DOUBLE ? "float64)" : "float32)");
  }

  @Override
  public SequencedMap<String, Tensor> run(Map<String, Tensor> inputs) {
    long start = System.nanoTime();
    SequencedMap<String, Tensor> outputs =
        Interpreter.run(graph, inputs, accumulation, Observer.NONE);
    nanos = System.nanoTime() - start;
    return outputs;
  }

  @Override
  public long lastRunNanos() {
    return nanos;
  }

  @Override
  public void close() {}
}
