package dev.tuckerc.transform.memory;

import dev.tuckerc.ir.Concat;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Region;
import dev.tuckerc.ir.Relayout;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import dev.tuckerc.transform.Pass;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Remark;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/// concat(a, b) => no kernel: the kernels of a and b store into slices of the result's channels
///
/// The operands become slices: their rows lie as far apart as those of the result ([Layout#pitch]),
/// and [Aliases] places them inside it. A concat whose operands begin with all that an earlier one
/// joins takes that one's result in their place, so that in a densely connected block every concat
/// lies inside the last. One operand that cannot be stored in place is copied there, by the one
/// kernel that the concat would have taken; where there are more, the concat stays.
public record PlaceConcats() implements Pass {
  private static final int CHANNELS = 1;

  /// What slices begin at a multiple of: a sector, the bytes in which a GPU moves data. Kernels
  /// then access a slice in the widest pieces, and write no sector that another one writes, too.
  private static final long SECTOR_BYTES = 32;

  @Override
  public String name() {
    return "place-concats";
  }

  @Override
  public Graph run(Graph graph, PassContext context) {
    if (graph.nodes().stream().noneMatch(node -> node.op() instanceof Concat)) {
      return graph;
    }
    return new Run(nest(graph), context).run();
  }

  /// Replaces operands that an earlier concat joins by its result.
  private static Graph nest(Graph graph) {
    List<Node> nodes = new ArrayList<>();
    List<Node> earlier = new ArrayList<>();
    for (Node node : graph.nodes()) {
      nodes.add(node);
      if (node.op() instanceof Concat concat && concat.operands().size() > 1) {
        for (Node other : earlier.reversed()) {
          List<Value> joined = other.op().operands();
          List<Value> operands = concat.operands();
          int at = Collections.indexOfSubList(operands, joined);
          boolean same = other.result().type().layout().equals(node.result().type().layout());
          if (((Concat) other.op()).axis() == concat.axis() && at >= 0 && same) {
            List<Value> fewer = new ArrayList<>(operands.subList(0, at));
            fewer.add(other.result());
            fewer.addAll(operands.subList(at + joined.size(), operands.size()));
            nodes.removeLast();
            nodes.add(new Node(new Concat(fewer, concat.axis()), node.results(), node.location()));
            break;
          }
        }
        earlier.add(node);
      }
    }
    return new Graph(graph.name(), graph.inputs(), nodes, graph.outputs());
  }

  private static final class Run {
    private final Graph graph;
    private final PassContext context;
    private final Set<Value> free;
    private final Set<Value> outputs = new HashSet<>();
    private final Map<Value, Node> definitions = new HashMap<>();
    private final Map<Value, Set<Node>> users = new HashMap<>();
    private final Map<Value, Slice> slices = new HashMap<>();
    private final Map<Value, Set<Value>> copied = new HashMap<>();

    /// Where a value lies inside the outermost concat's result.
    ///
    /// @param pitch channels of that one
    /// @param offset channels before the value's
    private record Slice(long pitch, long offset) {}

    Run(Graph graph, PassContext context) {
      this.graph = graph;
      this.context = context;
      this.free = Aliases.of(graph).free();
      graph.outputs().forEach(output -> outputs.add(output.value()));
      for (Node node : graph.nodes()) {
        node.results().forEach(result -> definitions.put(result, node));
        node.op()
            .operands()
            .forEach(v -> users.computeIfAbsent(v, _ -> new LinkedHashSet<>()).add(node));
      }
    }

    Graph run() {
      // The outermost first: it says where the inner ones lie.
      for (Node node : graph.nodes().reversed()) {
        if (node.op() instanceof Concat concat && isByChannels(concat, node.result())) {
          place(concat, node);
        }
      }
      return slices.isEmpty()
          ? graph
          : new Graph(graph.name(), graph.inputs(), rebuilt(), graph.outputs());
    }

    private static boolean isByChannels(Concat concat, Value result) {
      TensorType type = result.type();
      return concat.axis() == CHANNELS
          && type.shape().rank() == 4
          && type.shape().isStatic()
          && type.layout().isChannelsLast()
          && type.bytes() > 0
          && concat.operands().size() > 1;
    }

    private void place(Concat concat, Node node) {
      Value whole = node.result();
      Slice outer = slices.getOrDefault(whole, new Slice(whole.shape().extent(CHANNELS), 0));
      Map<Value, Slice> own = new HashMap<>();
      Map<Value, String> strangers = new HashMap<>();
      long before = outer.offset();
      int copies = 0;
      for (Value operand : concat.operands()) {
        String obstacle = obstacle(operand, concat, outer.pitch(), before);
        if (obstacle.isEmpty()) {
          own.put(operand, new Slice(outer.pitch(), before));
        } else {
          strangers.put(operand, obstacle);
          copies++;
        }
        before += operand.shape().extent(CHANNELS);
      }
      if (own.isEmpty() || copies > 1) {
        String reasons =
            concat.operands().stream()
                .filter(strangers::containsKey)
                .distinct()
                .map(v -> v + " " + strangers.get(v))
                .collect(Collectors.joining("; "));
        remark(Remark.Kind.MISSED, node.location(), "the concat stays a kernel: " + reasons);
        return;
      }
      slices.putAll(own);
      copied.put(whole, Set.copyOf(strangers.keySet()));
      strangers.forEach((v, reason) ->
          remark(
              Remark.Kind.NOTE, node.location(), v + " is copied into the concat: it " + reason));
      remark(
          Remark.Kind.APPLIED,
          node.location(),
          "stored in place: %d of %d operands".formatted(own.size(), concat.operands().size()));
    }

    private void remark(Remark.Kind kind, Location location, String message) {
      context.remark(kind, "place-concats", location, message);
    }

    /// Why no kernel can store an operand in its place; empty when one can.
    private String obstacle(Value operand, Concat concat, long pitch, long offset) {
      int bytes = operand.type().elementType().bytes();
      Node definition = definitions.get(operand);
      if (definition == null || free.contains(operand) || !PitchedOps.stores(definition.op())) {
        return "is not made by a kernel that can store a slice";
      }
      if (outputs.contains(operand)) {
        return "is an output of the model";
      }
      if (slices.containsKey(operand) || Collections.frequency(concat.operands(), operand) > 1) {
        return "is part of another concat";
      }
      if (!operand.type().layout().isChannelsLast()) {
        return "lies in another order";
      }
      if (offset * bytes % SECTOR_BYTES != 0 || pitch * bytes % SECTOR_BYTES != 0) {
        return "does not start at a multiple of " + SECTOR_BYTES + " bytes";
      }
      boolean readable =
          users.getOrDefault(operand, Set.of()).stream()
              .allMatch(
                  user -> !free.containsAll(user.results()) && PitchedOps.reads(user, operand));
      return readable ? "" : "is read by a kernel that cannot read a slice";
    }

    private List<Node> rebuilt() {
      Map<Value, Value> now = new HashMap<>();
      List<Node> nodes = new ArrayList<>();
      for (Node node : graph.nodes()) {
        List<Value> operands =
            node.op().operands().stream()
                .map(v -> now.getOrDefault(v, v))
                .collect(Collectors.toList());
        List<Value> results = node.results().stream().map(this::sliced).toList();
        for (int i = 0; i < results.size(); i++) {
          now.put(node.results().get(i), results.get(i));
        }
        Set<Value> strangers =
            node.op() instanceof Concat ? copied.getOrDefault(node.result(), Set.of()) : Set.of();
        long pitch =
            slices.containsKey(node.results().getFirst())
                ? results.getFirst().type().layout().pitch()
                : strangers.isEmpty() ? 0 : node.result().shape().extent(CHANNELS);
        for (int i = 0; i < operands.size(); i++) {
          if (strangers.contains(node.op().operands().get(i))) {
            Value stranger = operands.get(i);
            Value copy = new Value(stranger.name(), pitched(stranger.type(), pitch));
            nodes.add(new Node(new Relayout(stranger), copy, node.location()));
            operands.set(i, copy);
          }
        }
        Op op =
            node.op() instanceof Region region
                ? region.over(operands, results.stream().map(Value::type).toList())
                : node.op().withOperands(operands);
        nodes.add(new Node(op, results, node.location()));
      }
      return nodes;
    }

    private Value sliced(Value value) {
      Slice slice = slices.get(value);
      return slice == null ? value : new Value(value.name(), pitched(value.type(), slice.pitch()));
    }

    private static TensorType pitched(TensorType type, long pitch) {
      return type.withLayout(Layout.NHWC.withPitch(pitch));
    }
  }
}
