package dev.tuckerc.transform.decompose;

import dev.tuckerc.ir.Convolution;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.layer.LayerCost;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;

/// What stands around a chain of convolutions and may share a kernel with its ends: the layer
/// before up to its spatial convolution, and a 1x1 convolution after it. Pointwise work between
/// them is looked through.
///
/// @param before at most two convolutions, in order
/// @param storedBefore whether the result of the last of them is read elsewhere, too
/// @param after at most one convolution
/// @param storedAfter whether the chain's own result is read elsewhere, too
record Surroundings(
    List<Convolution> before, boolean storedBefore, List<Convolution> after, boolean storedAfter) {

  /// @param users of a value
  /// @param definition of a value, empty for inputs
  static Surroundings of(
      List<Node> chain,
      Function<Value, List<Node>> users,
      Function<Value, Optional<Node>> definition) {
    List<Convolution> before = new ArrayList<>();
    Value read = ((Convolution) chain.getFirst().op()).input();
    boolean storedBefore = users.apply(read).size() > 1;
    Optional<Node> last = behind(read, definition);
    if (last.isPresent() && last.get().op() instanceof Convolution expand) {
      before.add(expand);
      if (expand.window().isPointwise()
          && behind(expand.input(), definition).map(Node::op).orElse(null)
              instanceof Convolution core) {
        before.addFirst(core);
      }
    }
    List<Convolution> after = new ArrayList<>();
    Value result = ahead(chain.getLast().result(), users);
    List<Node> readers = users.apply(result);
    for (Node reader : readers) {
      if (after.isEmpty() && isProduct(reader, result)) {
        after.add((Convolution) reader.op());
      }
    }
    return new Surroundings(before, storedBefore, after, readers.size() > 1);
  }

  /// Predicted time of a form of the chain with all around it; empty without a cost model.
  OptionalDouble microseconds(LayerCost cost, List<Convolution> form) {
    List<Convolution> all = new ArrayList<>(before);
    Set<Integer> stored = new HashSet<>();
    if (storedBefore && !before.isEmpty()) {
      stored.add(before.size() - 1);
    }
    all.addAll(form);
    if (storedAfter) {
      stored.add(all.size() - 1);
    }
    all.addAll(after);
    return cost.microseconds(all, stored);
  }

  private static boolean isProduct(Node node, Value input) {
    return node.op() instanceof Convolution convolution
        && convolution.input() == input
        && convolution.groups() == 1
        && convolution.window().isPointwise();
  }

  /// The node that makes a value, pointwise work left out.
  private static Optional<Node> behind(Value value, Function<Value, Optional<Node>> definition) {
    Optional<Node> node = definition.apply(value);
    while (node.isPresent() && node.get().op() instanceof Pointwise pointwise) {
      Value main = value;
      node =
          pointwise.operands().stream()
              .filter(operand -> operand.shape().equals(main.shape()))
              .map(definition)
              .flatMap(Optional::stream)
              .filter(n -> n.op() instanceof Convolution || n.op() instanceof Pointwise)
              .findFirst();
    }
    return node;
  }

  /// The last of the pointwise nodes that follow a value one after the other.
  private static Value ahead(Value value, Function<Value, List<Node>> users) {
    Value last = value;
    while (users.apply(last).size() == 1
        && users.apply(last).getFirst().op() instanceof Pointwise
        && users.apply(last).getFirst().result().shape().equals(last.shape())) {
      last = users.apply(last).getFirst().result();
    }
    return last;
  }
}
