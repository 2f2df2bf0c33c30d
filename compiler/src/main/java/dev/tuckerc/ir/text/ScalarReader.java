package dev.tuckerc.ir.text;

import dev.tuckerc.grammar.tensorir.TensorIrParser;
import dev.tuckerc.ir.BinaryFunction;
import dev.tuckerc.ir.ScalarExpression;
import dev.tuckerc.ir.UnaryFunction;
import dev.tuckerc.tensor.DataType;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.antlr.v4.runtime.tree.ParseTree;

/// Reads scalar expressions from the syntax tree.
final class ScalarReader {
  /// A chain of operators becomes a tree as deep as it is long; recursion has to get down there.
  private static final int MAXIMUM_TOKENS = 4000;

  private static final Map<String, UnaryFunction> UNARY = new HashMap<>();
  private static final Map<String, BinaryFunction> BINARY = new HashMap<>();

  static {
    for (UnaryFunction function : UnaryFunction.values()) {
      UNARY.put(function.text(), function);
    }
    for (BinaryFunction function : BinaryFunction.values()) {
      BINARY.put(function.text(), function);
    }
  }

  private ScalarReader() {}

  /// The expression of a whole body.
  static ScalarExpression body(TensorIrParser.BodyContext body) {
    int tokens = body.getStop().getTokenIndex() - body.getStart().getTokenIndex();
    if (tokens > MAXIMUM_TOKENS) {
      throw Syntax.error(
          body,
          "expression of more than " + MAXIMUM_TOKENS + " symbols; split it over several nodes");
    }
    return expression(body.expression());
  }

  private static ScalarExpression expression(TensorIrParser.ExpressionContext tree) {
    ScalarExpression result = term(tree.term(0));
    for (int i = 1; i < tree.term().size(); i++) {
      ParseTree operator = tree.getChild(2 * i - 1);
      BinaryFunction function =
          operator.getText().equals("+") ? BinaryFunction.ADD : BinaryFunction.SUBTRACT;
      result = new ScalarExpression.Binary(function, result, term(tree.term(i)));
    }
    return result;
  }

  private static ScalarExpression term(TensorIrParser.TermContext tree) {
    ScalarExpression result = factor(tree.factor(0));
    for (int i = 1; i < tree.factor().size(); i++) {
      ParseTree operator = tree.getChild(2 * i - 1);
      BinaryFunction function =
          operator.getText().equals("*") ? BinaryFunction.MULTIPLY : BinaryFunction.DIVIDE;
      result = new ScalarExpression.Binary(function, result, factor(tree.factor(i)));
    }
    return result;
  }

  private static ScalarExpression factor(TensorIrParser.FactorContext tree) {
    return switch (tree) {
      case TensorIrParser.CallContext call -> call(call);
      case TensorIrParser.LiteralContext literal -> literal(literal);
      case TensorIrParser.NestedContext nested -> expression(nested.expression());
      case TensorIrParser.WordContext word -> operand(word);
      default -> throw new IllegalStateException("no expression: " + tree.getText());
    };
  }

  private static ScalarExpression operand(TensorIrParser.WordContext word) {
    String text = word.getText();
    if (!text.matches("x[0-9]{1,6}")) {
      throw Syntax.error(
          word,
          "'"
              + text
              + "' is no operand; operands are x0, x1, ... and constants state their type, as in"
              + " 1.0:f32");
    }
    return new ScalarExpression.Operand(Integer.parseInt(text, 1, text.length(), 10));
  }

  private static ScalarExpression literal(TensorIrParser.LiteralContext literal) {
    DataType type = Syntax.dataType(literal.name());
    String text = literal.scalar().getText();
    try {
      return type.isFloat()
          ? ScalarExpression.Literal.real(type, Numbers.parseReal(text))
          : ScalarExpression.Literal.integer(type, Numbers.parseInteger(type, text));
    } catch (NumberFormatException e) {
      throw Syntax.error(literal, "'" + text + "' is no value of " + type);
    }
  }

  private static ScalarExpression call(TensorIrParser.CallContext call) {
    String name = call.name().getText();
    List<ScalarExpression> arguments =
        call.expression().stream().map(ScalarReader::expression).toList();
    int wanted =
        name.equals("select")
            ? 3
            : BINARY.containsKey(name)
                ? 2
                : UNARY.containsKey(name) || DataType.parse(name).isPresent() ? 1 : 0;
    if (wanted == 0) {
      throw Syntax.error(call, "unknown function '" + name + "'; docs/ir.md lists the functions");
    }
    if (arguments.size() != wanted) {
      throw Syntax.error(call, name + " takes " + wanted + " arguments, not " + arguments.size());
    }
    UnaryFunction unary = UNARY.get(name);
    if (unary != null) {
      return new ScalarExpression.Unary(unary, arguments.get(0));
    }
    BinaryFunction binary = BINARY.get(name);
    if (binary != null) {
      return new ScalarExpression.Binary(binary, arguments.get(0), arguments.get(1));
    }
    return wanted == 3
        ? new ScalarExpression.Select(arguments.get(0), arguments.get(1), arguments.get(2))
        : new ScalarExpression.Convert(DataType.parse(name).orElseThrow(), arguments.get(0));
  }
}
