package dev.tuckerc.ir;

import java.util.List;

/// A whole model: nodes in an order in which every value is defined before it is used.
///
/// @param inputs their names are the model's input names
/// @param outputs in the order of the model
public record Graph(String name, List<Value> inputs, List<Node> nodes, List<Output> outputs) {
  /// A named result of the model.
  public record Output(String name, Value value) {}

  public Graph {
    inputs = List.copyOf(inputs);
    nodes = List.copyOf(nodes);
    outputs = List.copyOf(outputs);
  }
}
