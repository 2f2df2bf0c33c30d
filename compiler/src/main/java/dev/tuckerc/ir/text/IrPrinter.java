package dev.tuckerc.ir.text;

import dev.tuckerc.ir.Attribute;
import dev.tuckerc.ir.Constant;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.Collection;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Prints graphs; [IrParser] reads the text back. Equal graphs give equal text.
///
/// Values whose names are empty are numbered, those whose names are taken get a suffix. Constants
/// of up to 16 elements are printed in line, larger ones as references to [#weights].
public final class IrPrinter {
  private static final int INLINE_ELEMENTS = 16;

  private final Map<Value, String> names = new IdentityHashMap<>();
  private final Map<Node, String> references = new IdentityHashMap<>();
  private final SequencedMap<String, Tensor> weights = new LinkedHashMap<>();

  private IrPrinter(Graph graph) {
    Set<String> taken = new HashSet<>();
    graph.inputs().forEach(input -> nameValue(input, taken));
    graph.nodes().forEach(node -> node.results().forEach(result -> nameValue(result, taken)));
    graph.nodes().forEach(this::nameWeight);
  }

  /// The text form of a graph.
  public static String print(Graph graph) {
    return new IrPrinter(graph).text(graph);
  }

  /// The constants that the text form refers to, by reference, in order of first use.
  public static SequencedMap<String, Tensor> weights(Graph graph) {
    return new IrPrinter(graph).weights;
  }

  private void nameValue(Value value, Set<String> taken) {
    if (names.containsKey(value)) {
      return;
    }
    String base = value.name().isEmpty() ? "" : value.name() + "_";
    String name = value.name();
    for (int i = base.isEmpty() ? 0 : 2; name.isEmpty() || !taken.add(name); i++) {
      name = base + i;
    }
    names.put(value, name);
  }

  private void nameWeight(Node node) {
    if (!(node.op() instanceof Constant(String label, Tensor tensor)) || isInline(tensor)) {
      return;
    }
    String reference = label;
    for (int i = 2; ; i++) {
      Tensor known = weights.putIfAbsent(reference, tensor);
      if (known == null || known.contentEquals(tensor)) {
        references.put(node, reference);
        return;
      }
      reference = label + "#" + i;
    }
  }

  /// Whether the tensor is small and its printed elements give back its very bits.
  private static boolean isInline(Tensor tensor) {
    if (tensor.size() > INLINE_ELEMENTS) {
      return false;
    }
    Tensor parsed = Tensor.zeros(tensor.type(), tensor.shape());
    for (int i = 0; i < tensor.size(); i++) {
      if (tensor.type() == DataType.BOOL && tensor.getLong(i) > 1) {
        return false;
      }
      Numbers.parseElement(parsed, i, Numbers.element(tensor, i));
    }
    return parsed.contentEquals(tensor);
  }

  private String text(Graph graph) {
    StringBuilder out = new StringBuilder();
    out.append("graph @").append(Strings.word(graph.name()));
    return out.append(block(graph, "")).append('\n').toString();
  }

  /// Inputs, outputs and nodes of a graph.
  private String block(Graph graph, String indentation) {
    StringBuilder out = new StringBuilder();
    out.append(
        graph.inputs().stream()
            .map(input -> name(input) + ": " + TypeText.print(input.type()))
            .collect(Collectors.joining(", ", "(", ")")));
    out.append(
        graph.outputs().stream()
            .map(this::output)
            .collect(Collectors.joining(", ", " -> (", ") {\n")));
    for (Node node : graph.nodes()) {
      out.append(indentation).append("  ").append(node(node, indentation + "  ")).append('\n');
    }
    return out.append(indentation).append("}").toString();
  }

  private String name(Value value) {
    String name = names.get(value);
    // A value that nothing defines: the verifier's business, but it has to be printable.
    return "%" + Strings.valueName(name == null ? "undefined!" + value.name() : name);
  }

  private String output(Graph.Output output) {
    boolean same = output.name().equals(names.get(output.value()));
    return (same ? "" : Strings.quote(output.name()) + " = ") + name(output.value());
  }

  private String node(Node node, String indentation) {
    List<Value> operands = node.op().operands();
    StringBuilder out = new StringBuilder();
    out.append(node.results().stream().map(this::name).collect(Collectors.joining(", ")));
    out.append(" = ").append(node.op().name());
    out.append(operands.stream().map(this::name).collect(Collectors.joining(", ", "(", ")")));
    Map<String, Attribute> attributes = node.op().attributes().values();
    if (!attributes.isEmpty()) {
      out.append(
          attributes.entrySet().stream()
              .map(entry -> entry.getKey() + "=" + attribute(node, entry.getValue(), indentation))
              .collect(Collectors.joining(", ", " {", "}")));
    }
    out.append(" : ");
    if (!operands.isEmpty()) {
      out.append(
          operands.stream()
              .map(operand -> TypeText.print(operand.type()))
              .collect(Collectors.joining(", ", "(", ") -> ")));
    }
    List<String> types = node.results().stream().map(v -> TypeText.print(v.type())).toList();
    out.append(types.size() == 1 ? types.getFirst() : "(" + String.join(", ", types) + ")");
    return out.append(location(node.location())).toString();
  }

  private String attribute(Node node, Attribute attribute, String indentation) {
    return switch (attribute) {
      case Attribute.Int(long value) -> Long.toString(value);
      case Attribute.Ints(List<Long> values) -> list(values);
      case Attribute.Extents(var shape) -> TypeText.print(shape);
      case Attribute.Real(double value) -> Numbers.real(value);
      case Attribute.Reals(List<Double> values) ->
          list(values.stream().map(Numbers::real).toList());
      case Attribute.Flag(boolean value) -> Boolean.toString(value);
      case Attribute.Text(String value) -> Strings.quote(value);
      case Attribute.Type(DataType value) -> value.text();
      case Attribute.Body(var expression) -> "{" + ScalarText.print(expression) + "}";
      // Its values have names of their own, for the block sees nothing of what is around it.
      case Attribute.Block(Graph body) -> new IrPrinter(body).block(body, indentation);
      case Attribute.Data(Tensor tensor) -> {
        String reference = references.get(node);
        yield reference != null
            ? "@" + Strings.quote(reference)
            : IntStream.range(0, tensor.size())
                .mapToObj(i -> Numbers.element(tensor, i))
                .collect(Collectors.joining(", ", "<", ">"));
      }
    };
  }

  private static String list(Collection<?> items) {
    return items.stream().map(Object::toString).collect(Collectors.joining(",", "[", "]"));
  }

  private static String location(Location location) {
    if (location.origins().isEmpty()) {
      return "";
    }
    return location.origins().stream()
        .map(origin ->
            origin.index()
                + ": "
                + Strings.word(origin.operator())
                + " "
                + Strings.quote(origin.name()))
        .collect(Collectors.joining(", ", "  loc(", ")"));
  }
}
