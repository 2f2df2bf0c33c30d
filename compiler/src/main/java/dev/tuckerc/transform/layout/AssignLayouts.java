package dev.tuckerc.transform.layout;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Relayout;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.Pass;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.layout.LayoutNeeds.Need;
import dev.tuckerc.transform.rewrite.Rewriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/// The layout pass: values of rank 4 around convolutions become channels-last.
///
/// Some operations ask for a layout ([LayoutNeeds]); the others take any, of each operand, and give
/// any. Those keep what their operands have, unless all that follows asks for the other layout:
/// then they change the layout on the way, which saves a [Relayout]. What remains gets one relayout
/// per value, in front of its first user that needs it. Inputs, outputs and constants are
/// row-major.
///
/// Graphs without an operation that asks for channels-last stay row-major.
public record AssignLayouts() implements Pass {
  @Override
  public String name() {
    return "layout";
  }

  @Override
  public Graph run(Graph graph, PassContext context) {
    boolean any =
        graph.nodes().stream().anyMatch(n -> LayoutNeeds.ofResult(n) == Need.CHANNELS_LAST);
    return any ? Rewriter.removeDeadNodes(new Assignment(graph).run()) : graph;
  }

  /// One run over one graph.
  private static final class Assignment {
    private final Graph graph;
    private final Map<Value, Set<Need>> wishes = new HashMap<>();
    private final Map<Value, Value> assigned = new HashMap<>();
    private final Map<Value, Value> relayouts = new HashMap<>();
    private final Set<Value> constants = new HashSet<>();
    private final List<Node> nodes = new ArrayList<>();

    Assignment(Graph graph) {
      this.graph = graph;
    }

    Graph run() {
      collectWishes();
      graph.inputs().forEach(input -> assigned.put(input, input));
      graph.nodes().forEach(this::assign);
      List<Graph.Output> outputs = new ArrayList<>();
      for (Graph.Output output : graph.outputs()) {
        Value value = in(Layout.ROW_MAJOR, now(output.value()), Location.NONE);
        outputs.add(new Graph.Output(output.name(), value));
      }
      return new Graph(graph.name(), graph.inputs(), nodes, outputs);
    }

    /// What the users of every value ask for, those that take any layout passing on what is asked
    /// of them.
    private void collectWishes() {
      graph.outputs().forEach(output -> wish(output.value(), Need.ROW_MAJOR));
      for (Node node : graph.nodes().reversed()) {
        List<Value> operands = node.op().operands();
        for (int i = 0; i < operands.size(); i++) {
          Need need = LayoutNeeds.ofOperand(node, i);
          boolean passesOn = need == Need.ANY && LayoutNeeds.ofResult(node) == Need.ANY;
          Set<Need> needs = passesOn ? wishesFor(node.result()) : Set.of(need);
          for (Need each : needs) {
            wish(operands.get(i), each);
          }
        }
      }
    }

    private void wish(Value value, Need need) {
      if (need != Need.ANY) {
        wishes.computeIfAbsent(value, _ -> new HashSet<>()).add(need);
      }
    }

    private Set<Need> wishesFor(Value value) {
      return wishes.getOrDefault(value, Set.of());
    }

    private void assign(Node node) {
      if (node.op() instanceof Relayout(Value input)) {
        // Relayouts are made anew where they are needed.
        assigned.put(node.result(), now(input));
        return;
      }
      if (node.op() instanceof Constant) {
        constants.add(node.result());
      }
      Layout layout = chosen(node);
      List<Value> operands = new ArrayList<>();
      for (int i = 0; i < node.op().operands().size(); i++) {
        operands.add(operand(node, i, layout));
      }
      boolean same = operands.equals(node.op().operands());
      Op op = same ? node.op() : node.op().withOperands(operands);
      TensorType type = node.result().type();
      Value result =
          type.layout().equals(layout)
              ? node.result()
              : new Value(node.result().name(), type.withLayout(layout));
      nodes.add(same && result == node.result() ? node : new Node(op, result, node.location()));
      assigned.put(node.result(), result);
    }

    private Layout chosen(Node node) {
      return switch (LayoutNeeds.ofResult(node)) {
        case CHANNELS_LAST -> Layout.NHWC;
        case ROW_MAJOR -> Layout.ROW_MAJOR;
        case ANY -> {
          Set<Need> users = wishesFor(node.result());
          boolean oneWish = users.size() == 1;
          if (oneWish) {
            yield users.contains(Need.CHANNELS_LAST) ? Layout.NHWC : Layout.ROW_MAJOR;
          }
          boolean channelsLast =
              node.op().operands().stream()
                  .map(this::now)
                  .anyMatch(operand -> operand.type().layout().equals(Layout.NHWC));
          yield channelsLast ? Layout.NHWC : Layout.ROW_MAJOR;
        }
      };
    }

    private Value operand(Node node, int index, Layout resultLayout) {
      Value original = node.op().operands().get(index);
      Value value = now(original);
      if (constants.contains(original) && index > 0) {
        // A constant beside the main operand is read as it is, or packed by the kernel's generator.
        return value;
      }
      return switch (LayoutNeeds.ofOperand(node, index)) {
        case CHANNELS_LAST -> in(Layout.NHWC, value, node.location());
        case ROW_MAJOR -> in(Layout.ROW_MAJOR, value, node.location());
        case ANY -> {
          // A copy in the result's layout may be at hand; otherwise any layout is read as it is.
          Value copy = relayouts.get(value);
          yield copy != null && copy.type().layout().equals(resultLayout) ? copy : value;
        }
      };
    }

    private Value now(Value original) {
      return Objects.requireNonNull(assigned.get(original));
    }

    /// The value in this layout.
    private Value in(Layout layout, Value value, Location location) {
      if (value.type().layout().equals(layout) || value.shape().rank() != LayoutNeeds.RANK) {
        return value;
      }
      Value known = relayouts.get(value);
      if (known != null) {
        return known;
      }
      String suffix = layout.isRowMajor() ? "_rm" : "_nhwc";
      Value result = new Value(value.name() + suffix, value.type().withLayout(layout));
      nodes.add(new Node(new Relayout(value), result, location));
      relayouts.put(value, result);
      return result;
    }
  }
}
