package dev.tuckerc.transform.rewrite;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What a rule sees of the graph around the node it is tried on, and its way to make nodes.
public final class RewriteContext {
  private final GraphEditor graph;
  private final Node node;
  private final List<Node> emitted = new ArrayList<>();
  private String missed = "";

  RewriteContext(GraphEditor graph, Node node) {
    this.graph = graph;
    this.node = node;
  }

  /// The node that defines a value; empty for an input of the graph.
  public Optional<Node> definition(Value value) {
    return graph.definition(value);
  }

  /// The defining operation of a value, when it is of this kind.
  public <O extends Op> Optional<O> definition(Value value, Class<O> kind) {
    return definition(value).map(Node::op).filter(kind::isInstance).map(kind::cast);
  }

  /// The data of a value defined by a [Constant].
  public Optional<Tensor> constant(Value value) {
    return definition(value, Constant.class).map(Constant::tensor);
  }

  /// Number of uses of a value: as operands, each occurrence counts, and as outputs of the graph.
  public int uses(Value value) {
    return graph.uses(value);
  }

  /// Whether the value is an output of the graph.
  public boolean isOutput(Value value) {
    return graph.isOutput(value);
  }

  /// The nodes that use a value, each once.
  public List<Node> users(Value value) {
    return graph.users(value);
  }

  /// The node of these that comes last in the graph.
  public Optional<Node> latest(List<Node> nodes) {
    return graph.latest(nodes);
  }

  /// Makes a node that stands for the node being rewritten and those given, and returns its result,
  /// row-major.
  public Value emit(Op op, Node... consumed) {
    return emit(op, node.result().name(), consumed);
  }

  /// The same, with a name for the result.
  public Value emit(Op op, String name, Node... consumed) {
    return emit(op, new Value(name, op.resultType()), fused(consumed));
  }

  /// Makes a node whose result has the name and type of the node being rewritten.
  public Value emitInPlace(Op op, Node... consumed) {
    TensorType type = node.result().type();
    return emit(op, new Value(node.result().name(), type), fused(consumed));
  }

  /// Makes a node.
  public Value emit(Op op, Value result, Location location) {
    emitted.add(new Node(op, result, location));
    return result;
  }

  /// Makes a constant.
  ///
  /// @param label the wished label; a number is appended when it is taken
  public Value constant(String label, Tensor tensor) {
    Constant constant = new Constant(graph.unusedLabel(label), tensor);
    return emit(constant, new Value(constant.label(), constant.resultType()), node.location());
  }

  /// A label for a constant that takes the place of `value`: that of the constant, else its name.
  public String labelOf(Value value) {
    return definition(value, Constant.class).map(Constant::label).orElse(value.name());
  }

  /// Says why a rule that looks applicable is not; returns empty for the rule to return.
  public Optional<Value> missed(String reason) {
    missed = reason;
    return Optional.empty();
  }

  List<Node> emitted() {
    return emitted;
  }

  String missedReason() {
    return missed;
  }

  private Location fused(Node... consumed) {
    return Location.fused(
        Stream.concat(Stream.of(node), Arrays.stream(consumed))
            .map(Node::location)
            .toArray(Location[]::new));
  }
}
