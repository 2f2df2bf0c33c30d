package dev.tuckerc.tests.kernels;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// Makes one region of everything a graph computes.
final class RegionCases {
  private RegionCases() {}

  /// The same graph with all nodes but constants in one region, whose results are the outputs.
  static Graph asRegion(Graph flat) {
    List<Node> constants =
        flat.nodes().stream().filter(node -> node.op() instanceof Constant).toList();
    SequencedMap<Value, Value> inside = new LinkedHashMap<>();
    flat.inputs().forEach(value -> inside.put(value, new Value(value.name(), value.type())));
    constants.forEach(
        node -> inside.put(node.result(), new Value(node.result().name(), node.result().type())));
    List<Value> operands = List.copyOf(inside.keySet());
    List<Value> bodyInputs = List.copyOf(inside.values());
    Map<Value, Value> all = new HashMap<>(inside);
    List<Node> body = new ArrayList<>();
    for (Node node : flat.nodes()) {
      if (!(node.op() instanceof Constant)) {
        Value result = new Value(node.result().name(), node.result().type());
        all.put(node.result(), result);
        body.add(
            new Node(
                node.op().withOperands(node.op().operands().stream().map(all::get).toList()),
                result,
                node.location()));
      }
    }
    List<Graph.Output> bodyOutputs = new ArrayList<>();
    List<Value> results = new ArrayList<>();
    List<Graph.Output> outputs = new ArrayList<>();
    for (Graph.Output output : flat.outputs()) {
      Value value = output.value();
      bodyOutputs.add(new Graph.Output(value.name(), all.get(value)));
      results.add(new Value(value.name(), value.type()));
      outputs.add(new Graph.Output(output.name(), results.getLast()));
    }
    Region region = new Region(operands, new Graph("", bodyInputs, body, bodyOutputs));
    List<Node> nodes = new ArrayList<>(constants);
    nodes.add(
        new Node(
            region,
            results,
            Location.fused(body.stream().map(Node::location).toArray(Location[]::new))));
    return new Graph(flat.name(), flat.inputs(), nodes, outputs);
  }
}
