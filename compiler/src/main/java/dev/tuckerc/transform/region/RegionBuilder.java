package dev.tuckerc.transform.region;

import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;

/// Puts nodes into a region. What they read from outside become operands in the order of their
/// first use; names, layouts and locations stay.
final class RegionBuilder {
  private final List<Value> operands = new ArrayList<>();
  private final List<Value> inputs = new ArrayList<>();
  private final Map<Value, Value> inside = new HashMap<>();
  private final Set<String> names = new HashSet<>();

  private RegionBuilder() {}

  /// The node that takes the place of others: it defines the very values that were results.
  ///
  /// @param stages in an order in which each comes after what it reads
  /// @param stored whether a value is read outside; the last stage's always is a result
  static Node build(List<Node> stages, Predicate<Value> stored) {
    return new RegionBuilder().run(stages, stored);
  }

  private Node run(List<Node> stages, Predicate<Value> stored) {
    List<Node> body = new ArrayList<>();
    List<Value> results = new ArrayList<>();
    List<Graph.Output> outputs = new ArrayList<>();
    Set<Value> computed = new HashSet<>();
    stages.forEach(stage -> computed.addAll(stage.results()));
    for (Node stage : stages) {
      for (Value operand : stage.op().operands()) {
        if (!computed.contains(operand) && !inside.containsKey(operand)) {
          operands.add(operand);
          inputs.add(standIn(operand));
        }
      }
      List<Value> read =
          stage.op().operands().stream()
              .map(operand -> Objects.requireNonNull(inside.get(operand)))
              .toList();
      Value result = standIn(stage.result());
      body.add(new Node(stage.op().withOperands(read), result, stage.location()));
      if (stored.test(stage.result()) || stage == stages.getLast()) {
        results.add(stage.result());
        outputs.add(new Graph.Output(result.name(), result));
      }
    }
    Location location =
        Location.fused(stages.stream().map(Node::location).toArray(Location[]::new));
    return new Node(new Region(operands, new Graph("", inputs, body, outputs)), results, location);
  }

  /// The body's own value in place of one of the graph. Names of inputs and outputs are unique.
  private Value standIn(Value value) {
    String base = value.name().isEmpty() ? "value" : value.name();
    String name = base;
    for (int i = 2; !names.add(name); i++) {
      name = base + "_" + i;
    }
    Value own = new Value(name, value.type());
    inside.put(value, own);
    return own;
  }
}
