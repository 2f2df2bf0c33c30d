package dev.tuckerc.training.penni;

import dev.tuckerc.ir.BatchNormalization;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Pointwise;
import dev.tuckerc.ir.Pool;
import dev.tuckerc.ir.Reduce;
import dev.tuckerc.ir.Reshape;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.Value;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;

/// Which values have the same channels (axis 1): those between which every node works channel by
/// channel, the two sides of a residual sum among them. A channel goes from all values of a group
/// or from none.
///
/// A group is fixed where it reaches an input or output of the graph, or a node that is not known
/// to work channel by channel.
final class ChannelGroups {
  private final Map<Value, Value> parents = new IdentityHashMap<>();
  private final Set<Value> fixed = Collections.newSetFromMap(new IdentityHashMap<>());
  private final Map<Value, Integer> uses = new IdentityHashMap<>();
  private final Map<Value, Constant> constants;

  /// Constants that have an element for each channel of a value: that value and their own axis.
  private final Map<Value, PerChannel> perChannel = new IdentityHashMap<>();

  /// @param of a value of the group
  /// @param axis of the constant
  record PerChannel(Value of, int axis) {}

  /// @param filters of the graph, by node
  ChannelGroups(Graph graph, Map<Value, Constant> constants, Map<Node, Filter> filters) {
    this.constants = constants;
    graph
        .nodes()
        .forEach(node -> node.op().operands().forEach(v -> uses.merge(v, 1, Integer::sum)));
    graph.inputs().forEach(fixed::add);
    graph.outputs().forEach(output -> fixed.add(output.value()));
    for (Node node : graph.nodes()) {
      Filter filter = filters.get(node);
      if (node.op() instanceof Constant) {
        continue;
      }
      if (filter != null) {
        add(filter);
      } else if (!isChannelwise(node)) {
        node.op().operands().forEach(fixed::add);
        fixed.addAll(node.results());
      }
    }
    Set<Value> roots = Collections.newSetFromMap(new IdentityHashMap<>());
    fixed.forEach(value -> roots.add(root(value)));
    fixed.addAll(roots);
  }

  private void add(Filter filter) {
    // Numbers that another node reads, too, have to stay as they are.
    boolean own = filter.node().op().operands().stream().skip(1).allMatch(this::isUsedOnce);
    if (!own) {
      fixed.add(filter.input());
      fixed.add(filter.node().result());
    }
    if (filter.node().op() instanceof dev.tuckerc.ir.MatMul) {
      fixed.add(filter.node().result());
    }
  }

  /// Joins the values around a node that works channel by channel.
  ///
  /// @return whether it does
  private boolean isChannelwise(Node node) {
    Value result = node.results().getFirst();
    return switch (node.op()) {
      case BatchNormalization op -> {
        List<Value> parameters = op.operands().subList(1, 5);
        boolean known =
            parameters.stream().allMatch(p -> constants.containsKey(p) && isUsedOnce(p));
        if (known) {
          parameters.forEach(p -> perChannel.put(p, new PerChannel(result, 0)));
          join(op.input(), result);
        }
        yield known;
      }
      case Pool op -> {
        join(op.input(), result);
        yield true;
      }
      case Reduce op -> {
        boolean spatial = op.axes().stream().allMatch(axis -> axis >= 2);
        if (spatial) {
          join(op.input(), result);
        }
        yield spatial;
      }
      case Reshape op -> {
        boolean same = keepsChannels(op.input().shape(), result.shape());
        if (same) {
          join(op.input(), result);
        }
        yield same;
      }
      case Pointwise op -> pointwise(op, result);
      case dev.tuckerc.ir.Op _ -> false;
    };
  }

  /// Whether a reshape only adds or removes axes of one element behind the channels.
  private static boolean keepsChannels(Shape from, Shape to) {
    return from.rank() >= 2
        && to.rank() >= 2
        && from.dims().subList(0, 2).equals(to.dims().subList(0, 2))
        && from.dim(1).isKnown()
        && from.dims().stream().skip(2).allMatch(Dim.of(1)::equals)
        && to.dims().stream().skip(2).allMatch(Dim.of(1)::equals);
  }

  private boolean pointwise(Pointwise op, Value result) {
    if (result.shape().rank() < 2 || !result.shape().dim(1).isKnown()) {
      return false;
    }
    Map<Value, PerChannel> found = new HashMap<>();
    for (Value operand : op.operands()) {
      OptionalInt axis = channelAxis(operand.shape(), result.shape());
      boolean constant = constants.containsKey(operand);
      if (constant && isOnePerChannel(operand.shape(), result.shape()) && isUsedOnce(operand)) {
        found.put(operand, new PerChannel(result, axis.orElseThrow()));
      } else if (constant) {
        if (operand.shape().elementCount() != 1) {
          return false;
        }
      } else if (operand.shape().rank() != result.shape().rank() || axis.isEmpty()) {
        return false;
      }
    }
    perChannel.putAll(found);
    for (Value operand : op.operands()) {
      if (!constants.containsKey(operand)) {
        join(operand, result);
      }
    }
    return true;
  }

  private boolean isUsedOnce(Value value) {
    return uses.getOrDefault(value, 0) == 1;
  }

  /// Whether an operand has one element for each channel of a result, and no more.
  static boolean isOnePerChannel(Shape operand, Shape result) {
    return channelAxis(operand, result).isPresent() && operand.elementCount() == result.extent(1);
  }

  /// The axis of an operand that is aligned with the channels and has all of them.
  private static OptionalInt channelAxis(Shape operand, Shape result) {
    int axis = operand.rank() - result.rank() + 1;
    return axis >= 0 && axis < operand.rank() && operand.dim(axis).equals(result.dim(1))
        ? OptionalInt.of(axis)
        : OptionalInt.empty();
  }

  private void join(Value a, Value b) {
    parents.put(root(a), root(b));
  }

  /// The value that stands for the group of a value.
  Value root(Value value) {
    Value at = value;
    while (parents.containsKey(at) && parents.get(at) != at) {
      at = Objects.requireNonNull(parents.get(at));
    }
    return at;
  }

  /// Whether channels of a value may go.
  boolean isFree(Value value) {
    return !fixed.contains(root(value)) && value.shape().dim(1).isKnown();
  }

  /// The group whose channels a constant has one element each for; absent for other constants.
  Map<Value, PerChannel> perChannel() {
    return perChannel;
  }
}
