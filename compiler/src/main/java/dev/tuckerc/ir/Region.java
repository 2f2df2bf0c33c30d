package dev.tuckerc.ir;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/// A part of the graph that one kernel computes: `results = body(operands)`.
///
/// The body sees nothing but its inputs, which stand for the operands in order, and holds no
/// constants: weights are operands. Its values need no memory of their own unless they are results.
/// Regions are made when the graph is about to become kernels, and hold no regions themselves.
///
/// @param operands each of the very type of the body's input, the layout included
/// @param body its outputs, all different, are the results
public record Region(List<Value> operands, Graph body) implements Op {
  public Region {
    operands = List.copyOf(operands);
    if (operands.size() != body.inputs().size()) {
      throw new IrException(
          "region has " + operands.size() + " operands but its body takes " + body.inputs().size());
    }
    for (int i = 0; i < operands.size(); i++) {
      if (!operands.get(i).type().equals(body.inputs().get(i).type())) {
        throw new IrException(
            "region operand "
                + operands.get(i)
                + " is not of the body's type "
                + body.inputs().get(i).type());
      }
    }
    Set<Value> outputs = new HashSet<>();
    for (Graph.Output output : body.outputs()) {
      if (!outputs.add(output.value())) {
        throw new IrException("region gives " + output.value() + " twice");
      }
    }
    if (outputs.isEmpty()) {
      throw new IrException("region gives no result");
    }
    for (Node node : body.nodes()) {
      if (node.op() instanceof Region || node.op() instanceof Constant) {
        throw new IrException("region holds a " + node.op().name() + "; it takes it as an operand");
      }
    }
  }

  @Override
  public String name() {
    return "region";
  }

  @Override
  public Attributes attributes() {
    return Attributes.NONE.with("body", new Attribute.Block(body));
  }

  @Override
  public TensorType resultType() {
    List<TensorType> types = resultTypes();
    if (types.size() != 1) {
      throw new IrException("region has " + types.size() + " results, not one");
    }
    return types.getFirst();
  }

  /// The types of the body's outputs, their layouts included.
  @Override
  public List<TensorType> resultTypes() {
    return body.outputs().stream().map(output -> output.value().type()).toList();
  }

  /// The value of the body that stands for an operand.
  public Value inside(Value operand) {
    return IntStream.range(0, operands.size())
        .filter(i -> operands.get(i) == operand)
        .mapToObj(body.inputs()::get)
        .findFirst()
        .orElseThrow(() -> new IrException(operand + " is no operand of the region"));
  }

  /// The same computation on operands and for results that lie otherwise in memory.
  ///
  /// @param newOperands of the same element types and shapes
  /// @param newResults types of the results
  public Region over(List<Value> newOperands, List<TensorType> newResults) {
    Map<Value, TensorType> types = new HashMap<>();
    for (int i = 0; i < newOperands.size(); i++) {
      types.put(body.inputs().get(i), newOperands.get(i).type());
    }
    for (int i = 0; i < newResults.size(); i++) {
      types.put(body.outputs().get(i).value(), newResults.get(i));
    }
    Map<Value, Value> now = new HashMap<>();
    UnaryOperator<Value> retyped =
        value ->
            now.computeIfAbsent(value, v -> new Value(v.name(), types.getOrDefault(v, v.type())));
    List<Value> inputs = body.inputs().stream().map(retyped).toList();
    List<Node> nodes = new ArrayList<>();
    for (Node node : body.nodes()) {
      Op op = node.op().withOperands(node.op().operands().stream().map(retyped).toList());
      nodes.add(new Node(op, node.results().stream().map(retyped).toList(), node.location()));
    }
    List<Graph.Output> outputs =
        body.outputs().stream()
            .map(output -> new Graph.Output(output.name(), retyped.apply(output.value())))
            .toList();
    return new Region(newOperands, new Graph(body.name(), inputs, nodes, outputs));
  }
}
