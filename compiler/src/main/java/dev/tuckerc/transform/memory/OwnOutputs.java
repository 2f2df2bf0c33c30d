package dev.tuckerc.transform.memory;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.ScalarExpression.Operand;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.Pass;
import dev.tuckerc.transform.PassContext;
import java.util.ArrayList;
import java.util.List;

/// The last pass: every output of the graph gets storage of its own.
///
/// An output that is an input, a constant, another output, or lies inside the storage of one of
/// these, is copied by a pointwise `x0`.
public record OwnOutputs() implements Pass {
  @Override
  public String name() {
    return "own-outputs";
  }

  @Override
  public Graph run(Graph graph, PassContext context) {
    OutputBuffers buffers = OutputBuffers.of(graph, Aliases.of(graph));
    List<Node> nodes = new ArrayList<>(graph.nodes());
    List<Graph.Output> outputs = new ArrayList<>();
    for (int index = 0; index < graph.outputs().size(); index++) {
      Graph.Output output = graph.outputs().get(index);
      if (buffers.isServed(index)) {
        outputs.add(output);
      } else {
        Value copied = output.value();
        Location location =
            graph.nodes().stream()
                .filter(node -> node.results().contains(copied))
                .map(Node::location)
                .findFirst()
                .orElse(Location.NONE);
        Pointwise copy = new Pointwise(List.of(copied), new Operand(0));
        nodes.add(new Node(copy, new Value(output.name(), copied.type()), location));
        outputs.add(new Graph.Output(output.name(), nodes.getLast().result()));
      }
    }
    return nodes.size() == graph.nodes().size()
        ? graph
        : new Graph(graph.name(), graph.inputs(), nodes, outputs);
  }
}
