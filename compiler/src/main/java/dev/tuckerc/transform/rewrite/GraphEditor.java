package dev.tuckerc.transform.rewrite;

import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A graph under change: its nodes in a linked list, with the definition and the uses of every
/// value. Nodes keep their results when their operands are replaced, so a value names its node for
/// as long as it lives.
final class GraphEditor {
  /// A place in the list of nodes.
  private static final class Entry {
    Node node;
    @Nullable Entry previous;
    @Nullable Entry next;

    Entry(Node node) {
      this.node = node;
    }
  }

  private final Graph source;
  private final List<Graph.Output> outputs;
  private final Map<Value, Entry> definitions = new HashMap<>();
  private final Map<Value, Set<Entry>> users = new HashMap<>();
  private final Set<String> labels = new HashSet<>();
  private @Nullable Entry first;
  private @Nullable Entry last;
  private boolean changed;

  GraphEditor(Graph source) {
    this.source = source;
    this.outputs = new ArrayList<>(source.outputs());
    source.nodes().forEach(node -> insertBefore(null, node));
    changed = false;
  }

  /// The graph as it is now; the source itself when nothing changed.
  Graph toGraph() {
    return changed ? new Graph(source.name(), source.inputs(), nodes(), outputs) : source;
  }

  List<Node> nodes() {
    List<Node> nodes = new ArrayList<>();
    for (Entry entry = first; entry != null; entry = entry.next) {
      nodes.add(entry.node);
    }
    return nodes;
  }

  Optional<Node> definition(Value value) {
    return Optional.ofNullable(definitions.get(value)).map(entry -> entry.node);
  }

  boolean isOutput(Value value) {
    return outputs.stream().anyMatch(output -> output.value() == value);
  }

  int uses(Value value) {
    long operands =
        usersOf(value).stream()
            .flatMap(entry -> entry.node.op().operands().stream())
            .filter(operand -> operand == value)
            .count();
    long results = outputs.stream().filter(output -> output.value() == value).count();
    return Math.toIntExact(operands + results);
  }

  List<Node> users(Value value) {
    return usersOf(value).stream().map(entry -> entry.node).toList();
  }

  /// The node of these that comes last.
  Optional<Node> latest(List<Node> nodes) {
    if (nodes.size() < 2) {
      return nodes.stream().findFirst();
    }
    Set<Value> results = new HashSet<>();
    nodes.forEach(node -> results.add(node.result()));
    for (Entry entry = last; entry != null; entry = entry.previous) {
      if (results.contains(entry.node.result())) {
        return Optional.of(entry.node);
      }
    }
    return Optional.empty();
  }

  /// A label no constant of this graph has had.
  String unusedLabel(String wished) {
    String label = wished;
    for (int i = 1; !labels.add(label); i++) {
      label = wished + "." + i;
    }
    return label;
  }

  /// Puts nodes in front of the node that defines `value`.
  void insertBefore(Value value, List<Node> nodes) {
    Entry place = Objects.requireNonNull(definitions.get(value));
    nodes.forEach(node -> insertBefore(place, node));
  }

  /// Uses `replacement` wherever `value` is used now; returns the results of the nodes that
  /// changed.
  List<Value> replaceUses(Value value, Value replacement) {
    changed = true;
    List<Value> touched = new ArrayList<>();
    for (Entry entry : List.copyOf(usersOf(value))) {
      Node old = entry.node;
      List<Value> operands =
          old.op().operands().stream().map(v -> v == value ? replacement : v).toList();
      entry.node = new Node(old.op().withOperands(operands), old.result(), old.location());
      users.computeIfAbsent(replacement, _ -> new LinkedHashSet<>()).add(entry);
      touched.add(old.result());
    }
    users.remove(value);
    outputs.replaceAll(
        output -> output.value() == value ? new Graph.Output(output.name(), replacement) : output);
    return touched;
  }

  /// Removes the node of `value` and then whatever it alone used; returns the operands that lost a
  /// use and live on. Nothing happens when the value is used.
  List<Value> removeIfUnused(Value value) {
    Set<Value> survivors = new LinkedHashSet<>();
    ArrayDeque<Value> candidates = new ArrayDeque<>(List.of(value));
    while (!candidates.isEmpty()) {
      Value candidate = candidates.removeFirst();
      Entry entry = definitions.get(candidate);
      if (entry == null || uses(candidate) > 0) {
        survivors.add(candidate);
        continue;
      }
      unlink(entry);
      definitions.remove(candidate);
      survivors.remove(candidate);
      for (Value operand : new LinkedHashSet<>(entry.node.op().operands())) {
        usersOf(operand).remove(entry);
        candidates.add(operand);
      }
    }
    survivors.remove(value);
    return List.copyOf(survivors);
  }

  private Collection<Entry> usersOf(Value value) {
    return users.getOrDefault(value, new LinkedHashSet<>());
  }

  private void insertBefore(@Nullable Entry place, Node node) {
    Entry entry = new Entry(node);
    entry.next = place;
    entry.previous = place == null ? last : place.previous;
    link(entry.previous, entry);
    if (place == null) {
      last = entry;
    } else {
      place.previous = entry;
    }
    definitions.put(node.result(), entry);
    for (Value operand : node.op().operands()) {
      users.computeIfAbsent(operand, _ -> new LinkedHashSet<>()).add(entry);
    }
    if (node.op() instanceof Constant constant) {
      labels.add(constant.label());
    }
    changed = true;
  }

  private void link(@Nullable Entry previous, @Nullable Entry next) {
    if (previous == null) {
      first = next;
    } else {
      previous.next = next;
    }
  }

  private void unlink(Entry entry) {
    link(entry.previous, entry.next);
    if (entry.next == null) {
      last = entry.previous;
    } else {
      entry.next.previous = entry.previous;
    }
    changed = true;
  }
}
