package dev.tuckerc.ir.text;

import dev.tuckerc.grammar.tensorir.TensorIrParser;
import dev.tuckerc.ir.Attribute;
import dev.tuckerc.ir.Attributes;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Location;
import dev.tuckerc.ir.Node;
import dev.tuckerc.ir.Op;
import dev.tuckerc.ir.Operators;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.ir.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.antlr.v4.runtime.ParserRuleContext;
import org.jspecify.annotations.Nullable;

/// Builds a graph from its syntax tree.
final class SyntaxTreeReader {
  private final Map<String, Value> values = new HashMap<>();
  private final AttributeReader reader;

  SyntaxTreeReader(Weights weights) {
    this.reader = new AttributeReader(weights);
  }

  Graph build(TensorIrParser.GraphContext tree) {
    return block(Syntax.word(tree.symbol()), tree.block());
  }

  /// A graph that sees nothing of what is around it.
  Graph block(String graphName, TensorIrParser.BlockContext tree) {
    List<Value> inputs = new ArrayList<>();
    for (TensorIrParser.ParameterContext parameter : tree.parameter()) {
      Value input = new Value(name(parameter.value()), Syntax.type(parameter.type()));
      define(input, parameter.value());
      inputs.add(input);
    }
    List<Node> nodes = new ArrayList<>();
    for (TensorIrParser.NodeContext node : tree.node()) {
      Node built = node(node);
      for (int i = 0; i < built.results().size(); i++) {
        define(built.results().get(i), node.results().value(i));
      }
      nodes.add(built);
    }
    List<Graph.Output> outputs = new ArrayList<>();
    for (TensorIrParser.OutputContext output : tree.output()) {
      String name =
          output.STRING() == null
              ? name(output.value())
              : Syntax.string(output.STRING().getText(), output);
      outputs.add(new Graph.Output(name, use(output.value())));
    }
    return new Graph(graphName, inputs, nodes, outputs);
  }

  private void define(Value value, TensorIrParser.ValueContext where) {
    if (values.put(value.name(), value) != null) {
      throw Syntax.error(
          where, where.getText() + " is defined twice; give each value a name of its own");
    }
  }

  private Value use(TensorIrParser.ValueContext where) {
    Value value = values.get(name(where));
    if (value == null) {
      throw Syntax.error(
          where,
          where.getText() + " is not defined; define it above its first use, or correct the name");
    }
    return value;
  }

  private static String name(TensorIrParser.ValueContext value) {
    String text = value.getText().substring(1);
    return value.VALUE() == null ? Syntax.string(text, value) : text;
  }

  private Node node(TensorIrParser.NodeContext node) {
    List<Value> operands =
        node.operands() == null
            ? List.of()
            : node.operands().value().stream().map(this::use).toList();
    checkSignature(node, operands);
    List<Value> results = results(node);
    Location location = location(node.location());
    Op op;
    try {
      Attributes attributes = reader.attributes(node.attributes(), results.getFirst().type());
      op = Operators.create(node.name().getText(), operands, attributes);
      checkAttributes(node, op, attributes);
      return new Node(op, results, location);
    } catch (IrParseException e) {
      throw e;
    } catch (IrException e) {
      throw Syntax.error(node, e.getMessage() + suggestion(node.name().getText(), e));
    } catch (ArithmeticException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw Syntax.error(
          node,
          node.name().getText()
              + " is malformed ("
              + e.getMessage()
              + "); correct its operands or attributes");
    }
  }

  private static List<Value> results(TensorIrParser.NodeContext node) {
    List<TensorIrParser.ValueContext> names = node.results().value();
    List<TensorIrParser.TypeContext> types = node.signature().resultTypes().type();
    if (names.size() != types.size()) {
      throw Syntax.error(
          node.signature(),
          "the signature states "
              + types.size()
              + " result types for "
              + names.size()
              + " results; state one for each");
    }
    return IntStream.range(0, names.size())
        .mapToObj(i -> new Value(name(names.get(i)), Syntax.type(types.get(i))))
        .toList();
  }

  private static String suggestion(String name, IrException problem) {
    return String.valueOf(problem.getMessage()).startsWith("unknown operation")
        ? "; docs/ir.md lists the operations, '" + name + "' is none"
        : "";
  }

  /// Attributes the operation does not know would be lost without a word.
  private static void checkAttributes(
      TensorIrParser.NodeContext node, Op op, Attributes attributes) {
    for (Map.Entry<String, Attribute> entry : attributes.values().entrySet()) {
      boolean isDefault =
          entry.getValue() instanceof Attribute.Flag(boolean value) && !value
              || entry.getKey().equals("epilogue");
      if (!isDefault && op.attributes().find(entry.getKey()).isEmpty()) {
        throw Syntax.error(
            node,
            op.name()
                + " has no attribute '"
                + entry.getKey()
                + "'; it has "
                + op.attributes().values().keySet());
      }
    }
  }

  private static void checkSignature(TensorIrParser.NodeContext node, List<Value> operands) {
    List<TensorIrParser.TypeContext> types = node.signature().type();
    int stated = types.size();
    if (stated != operands.size()) {
      throw Syntax.error(
          node.signature(),
          "the signature states "
              + stated
              + " operand types for "
              + operands.size()
              + " operands; state one for each");
    }
    for (int i = 0; i < stated; i++) {
      TensorType type = Syntax.type(types.get(i));
      if (!type.equals(operands.get(i).type())) {
        throw Syntax.error(
            types.get(i),
            node.operands().value(i).getText()
                + " is "
                + TypeText.print(operands.get(i).type())
                + ", not "
                + TypeText.print(type)
                + "; correct the signature or the operand");
      }
    }
  }

  private static Location location(@Nullable ParserRuleContext tree) {
    if (!(tree instanceof TensorIrParser.LocationContext location)) {
      return Location.NONE;
    }
    List<Location.Origin> origins = new ArrayList<>();
    for (TensorIrParser.OriginContext origin : location.origin()) {
      boolean negative = origin.getStart().getText().equals("-");
      String index = (negative ? "-" : "") + origin.INTEGER().getText();
      String operator =
          origin.name() != null
              ? origin.name().getText()
              : Syntax.string(origin.STRING(0).getText(), origin);
      String name = Syntax.string(origin.STRING().getLast().getText(), origin);
      origins.add(
          new Location.Origin(
              (int) Syntax.integer(index, Integer.MAX_VALUE, origin), name, operator));
    }
    return new Location(origins);
  }
}
