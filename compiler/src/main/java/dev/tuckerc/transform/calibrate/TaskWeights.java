package dev.tuckerc.transform.calibrate;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.MatMul;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.interpret.Accumulation;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// What the outputs of a network lose when one layer's output is projected onto some of its axes:
/// evaluates, on one batch, what depends on the layer.
final class TaskWeights {
  private final Graph graph;
  private final CalibrationBatch batch;
  private final Map<Value, Tensor> exact = new IdentityHashMap<>();

  TaskWeights(Graph graph, CalibrationBatch batch) {
    this.graph = graph;
    this.batch = batch;
  }

  /// The share of the variance of the network's outputs that is lost; each output's elements vary
  /// about their common mean.
  ///
  /// @param projection of the layer's output channels, `[channels, channels]`
  /// @param mean of the layer's output channels, which stays
  double lost(Node layer, double[] projection, double[] mean) {
    if (exact.isEmpty()) {
      for (Value input : graph.inputs()) {
        exact.put(input, Objects.requireNonNull(batch.inputs().get(input.name())));
      }
      for (Node node : graph.nodes()) {
        exact.put(node.result(), evaluate(node, exact));
      }
    }
    Map<Value, Tensor> changed = new IdentityHashMap<>();
    Tensor original = Objects.requireNonNull(exact.get(layer.result()));
    changed.put(layer.result(), projected(layer, original, projection, mean));
    Map<Value, Tensor> values = new IdentityHashMap<>(exact);
    values.putAll(changed);
    for (Node node : graph.nodes()) {
      if (node.op().operands().stream().anyMatch(changed::containsKey)) {
        Tensor result = evaluate(node, values);
        values.put(node.result(), result);
        changed.put(node.result(), result);
      }
    }
    double lost = 0;
    double variance = 0;
    for (Graph.Output output : graph.outputs()) {
      double[] before = Objects.requireNonNull(exact.get(output.value())).toDoubles();
      double[] after = Objects.requireNonNull(values.get(output.value())).toDoubles();
      double sum = 0;
      for (double value : before) {
        sum += value;
      }
      for (int i = 0; i < before.length; i++) {
        lost += (after[i] - before[i]) * (after[i] - before[i]);
        variance += (before[i] - sum / before.length) * (before[i] - sum / before.length);
      }
    }
    // Outputs that are constant have nothing to compare with.
    return variance > 0 ? lost / variance : 1;
  }

  private static Tensor evaluate(Node node, Map<Value, Tensor> values) {
    if (node.op() instanceof Constant constant) {
      return constant.tensor();
    }
    List<Tensor> operands =
        node.op().operands().stream().map(o -> Objects.requireNonNull(values.get(o))).toList();
    return Interpreter.evaluate(node.op(), operands, Accumulation.FAST);
  }

  private static Tensor projected(Node layer, Tensor output, double[] projection, double[] mean) {
    int channels = mean.length;
    boolean rows = layer.op() instanceof MatMul;
    int inner = 1;
    for (int axis = 2; axis < output.rank() && !rows; axis++) {
      inner *= output.dimension(axis);
    }
    double[] values = output.toDoubles();
    double[] result = new double[values.length];
    double[] centred = new double[channels];
    for (int at = 0; at < values.length / channels; at++) {
      int start = at / inner * inner * channels + at % inner;
      for (int c = 0; c < channels; c++) {
        centred[c] = values[start + c * inner] - mean[c];
      }
      for (int c = 0; c < channels; c++) {
        double sum = mean[c];
        for (int d = 0; d < channels; d++) {
          sum += projection[c * channels + d] * centred[d];
        }
        result[start + c * inner] = sum;
      }
    }
    return Tensor.ofDoubles(output.shape(), result).convert(output.type());
  }
}
