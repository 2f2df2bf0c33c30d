package dev.tuckerc.transform.calibrate;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import dev.tuckerc.ir.interpret.Accumulation;
import dev.tuckerc.ir.interpret.Interpreter;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/// The values of the original network and of the network whose earlier layers are replaced already,
/// for every batch, node by node. A value lives until its last use; where both networks agree it is
/// computed and kept once.
final class TwoStreams {
  private final List<Map<Value, Tensor>> original = new ArrayList<>();
  private final List<Map<Value, Tensor>> replaced = new ArrayList<>();
  private final Map<Value, Integer> lastUses = new IdentityHashMap<>();

  /// @param order the nodes in the order in which they will be evaluated
  /// @param keep further uses: values that the fit of a node reads
  TwoStreams(
      List<Value> inputs,
      List<Node> order,
      Map<Node, List<Value>> keep,
      List<CalibrationBatch> batches) {
    for (int index = 0; index < order.size(); index++) {
      Node node = order.get(index);
      lastUses.put(node.result(), index);
      for (Value operand : node.op().operands()) {
        lastUses.put(operand, index);
      }
      for (Value read : keep.getOrDefault(node, List.of())) {
        lastUses.put(read, index);
      }
    }
    for (CalibrationBatch batch : batches) {
      Map<Value, Tensor> values = new IdentityHashMap<>();
      for (Value input : inputs) {
        Tensor tensor = batch.inputs().get(input.name());
        if (tensor == null) {
          throw new IrException("the calibration data lacks input '" + input.name() + "'");
        }
        values.put(input, tensor);
      }
      original.add(values);
      replaced.add(new IdentityHashMap<>(values));
    }
  }

  int batches() {
    return original.size();
  }

  Tensor original(int batch, Value value) {
    return find(original.get(batch), value);
  }

  Tensor replaced(int batch, Value value) {
    return find(replaced.get(batch), value);
  }

  private static Tensor find(Map<Value, Tensor> values, Value value) {
    Tensor tensor = values.get(value);
    if (tensor == null) {
      throw new IllegalStateException(value + " is not alive");
    }
    return tensor;
  }

  /// Evaluates a node in both networks.
  void evaluate(Node node) {
    for (int batch = 0; batch < batches(); batch++) {
      Tensor result = evaluate(node, original.get(batch));
      original.get(batch).put(node.result(), result);
      boolean same = true;
      for (Value operand : node.op().operands()) {
        same &= original(batch, operand) == replaced(batch, operand);
      }
      replaced.get(batch).put(node.result(), same ? result : evaluate(node, replaced.get(batch)));
    }
  }

  /// Evaluates a node in the original network only.
  void evaluateOriginal(Node node) {
    for (int batch = 0; batch < batches(); batch++) {
      original.get(batch).put(node.result(), evaluate(node, original.get(batch)));
    }
  }

  /// Evaluates the nodes that replace one; the last defines its result.
  void evaluateReplaced(List<Node> nodes) {
    for (Map<Value, Tensor> values : replaced) {
      for (Node node : nodes) {
        values.put(node.result(), evaluate(node, values));
      }
      nodes.subList(0, nodes.size() - 1).forEach(node -> values.remove(node.result()));
    }
  }

  /// Frees what no node after this one reads.
  void free(int index) {
    for (Value value : List.copyOf(original.getFirst().keySet())) {
      if (lastUses.getOrDefault(value, -1) <= index) {
        original.forEach(values -> values.remove(value));
        replaced.forEach(values -> values.remove(value));
      }
    }
  }

  private static Tensor evaluate(Node node, Map<Value, Tensor> values) {
    if (node.op() instanceof Constant constant) {
      return constant.tensor();
    }
    List<Tensor> operands =
        node.op().operands().stream().map(operand -> find(values, operand)).toList();
    try {
      return Interpreter.evaluate(node.op(), operands, Accumulation.FAST);
    } catch (IrException e) {
      IrException located = new IrException(node.location() + ": " + e.getMessage());
      located.initCause(e);
      throw located;
    }
  }
}
