package dev.tuckerc.ir.interpret;

import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.Tensor;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// Evaluates graphs and single operations on the host: the reference for everything else.
///
/// Every value is a tensor of its declared element type: floating-point results are computed in
/// float64 and rounded once per node, and within a pointwise expression once per function, so that
/// a fused expression gives bit for bit what its separate nodes give. Integers are exact and wrap.
public final class Interpreter {
  private Interpreter() {}

  /// Runs a graph with every sum in float64.
  ///
  /// @param inputs by input name; shapes must match, symbolic extents match anything
  /// @return the outputs by name, in the graph's order
  /// @throws IrException when an input is missing or unfit, or an operation cannot be evaluated
  public static SequencedMap<String, Tensor> run(Graph graph, Map<String, Tensor> inputs) {
    return run(graph, inputs, Accumulation.DOUBLE, Observer.NONE);
  }

  /// Runs a graph; `observer` is shown every intermediate value, which is freed after its last use.
  public static SequencedMap<String, Tensor> run(
      Graph graph, Map<String, Tensor> inputs, Accumulation accumulation, Observer observer) {
    Map<Value, Tensor> values = new IdentityHashMap<>();
    for (Value input : graph.inputs()) {
      Tensor tensor = inputs.get(input.name());
      if (tensor == null) {
        throw new IrException(
            "graph '" + graph.name() + "' needs input '" + input.name() + "': " + input.type());
      }
      checkInput(input, tensor);
      values.put(input, tensor);
    }
    List<Tensor> results = run(graph, values, new Evaluator(accumulation), observer);
    SequencedMap<String, Tensor> outputs = new LinkedHashMap<>();
    for (int i = 0; i < results.size(); i++) {
      outputs.put(graph.outputs().get(i).name(), results.get(i));
    }
    return outputs;
  }

  /// Runs the nodes of a graph or of a region's body.
  ///
  /// @param values holds the inputs; what is computed is added, and removed after its last use
  private static List<Tensor> run(
      Graph graph, Map<Value, Tensor> values, Evaluator evaluator, Observer observer) {
    Map<Value, Integer> lastUses = lastUses(graph);
    for (int index = 0; index < graph.nodes().size(); index++) {
      Node node = graph.nodes().get(index);
      List<Tensor> results = evaluate(evaluator, node, values, observer);
      for (int i = 0; i < results.size(); i++) {
        Value result = node.results().get(i);
        if (lastUses.containsKey(result)) {
          values.put(result, results.get(i));
        }
      }
      for (Value operand : node.op().operands()) {
        if (lastUses.getOrDefault(operand, -1) == index) {
          values.remove(operand);
        }
      }
    }
    return graph.outputs().stream()
        .map(output -> find(values, output.value(), "output '" + output.name() + "'"))
        .toList();
  }

  /// Evaluates one operation that is no region with every sum in float64.
  ///
  /// @param operands one tensor per operand of `op`, of the operands' element types; their shapes
  ///   take the place of the operands' shapes
  /// @throws IrException when they do not fit, or the operation is not defined on them
  public static Tensor evaluate(Op op, List<Tensor> operands) {
    return evaluate(op, operands, Accumulation.DOUBLE);
  }

  /// Evaluates one operation.
  public static Tensor evaluate(Op op, List<Tensor> operands, Accumulation accumulation) {
    if (operands.size() != op.operands().size()) {
      throw new IrException(
          op.name() + " has " + op.operands().size() + " operands, not " + operands.size());
    }
    return new Evaluator(accumulation).evaluate(op, operands);
  }

  private static List<Tensor> evaluate(
      Evaluator evaluator, Node node, Map<Value, Tensor> values, Observer observer) {
    List<Tensor> operands =
        node.op().operands().stream()
            .map(value -> find(values, value, node.op().name() + " " + node.location()))
            .toList();
    try {
      if (node.op() instanceof Region region) {
        Map<Value, Tensor> inside = new IdentityHashMap<>();
        for (int i = 0; i < operands.size(); i++) {
          inside.put(region.body().inputs().get(i), operands.get(i));
        }
        return run(region.body(), inside, evaluator, observer);
      }
      Tensor result = evaluator.evaluate(node.op(), operands);
      observer.computed(node, result);
      return List.of(result);
    } catch (IrException e) {
      if (node.location().origins().isEmpty()) {
        throw e;
      }
      IrException located = new IrException(node.location() + ": " + e.getMessage());
      located.initCause(e);
      throw located;
    }
  }

  private static Tensor find(Map<Value, Tensor> values, Value value, String user) {
    Tensor tensor = values.get(value);
    if (tensor == null) {
      throw new IrException(value + " is used by " + user + " before it is defined");
    }
    return tensor;
  }

  /// Index of the last node using each value; values that are outputs live for ever.
  private static Map<Value, Integer> lastUses(Graph graph) {
    Map<Value, Integer> lastUses = new IdentityHashMap<>();
    for (int index = 0; index < graph.nodes().size(); index++) {
      for (Value operand : graph.nodes().get(index).op().operands()) {
        lastUses.put(operand, index);
      }
    }
    graph.outputs().forEach(output -> lastUses.put(output.value(), Integer.MAX_VALUE));
    return lastUses;
  }

  private static void checkInput(Value input, Tensor tensor) {
    TensorType type = input.type();
    boolean fits = tensor.type() == type.elementType() && tensor.rank() == type.shape().rank();
    for (int axis = 0; fits && axis < tensor.rank(); axis++) {
      fits =
          !(type.shape().dim(axis) instanceof Dim.Known(long extent))
              || extent == tensor.shape().get(axis);
    }
    if (!fits) {
      throw new IrException(
          "input '"
              + input.name()
              + "' has to be "
              + type.elementType()
              + type.shape()
              + ", not "
              + tensor.type()
              + tensor.shape());
    }
  }
}
