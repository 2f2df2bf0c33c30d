package dev.tuckerc.codegen.template;

import dev.tuckerc.grammar.template.KernelTemplate.BinaryContext;
import dev.tuckerc.grammar.template.KernelTemplate.CallContext;
import dev.tuckerc.grammar.template.KernelTemplate.ChoiceContext;
import dev.tuckerc.grammar.template.KernelTemplate.ConditionalContext;
import dev.tuckerc.grammar.template.KernelTemplate.ConstantsContext;
import dev.tuckerc.grammar.template.KernelTemplate.ExpressionContext;
import dev.tuckerc.grammar.template.KernelTemplate.HoleContext;
import dev.tuckerc.grammar.template.KernelTemplate.ItemContext;
import dev.tuckerc.grammar.template.KernelTemplate.LetContext;
import dev.tuckerc.grammar.template.KernelTemplate.NameContext;
import dev.tuckerc.grammar.template.KernelTemplate.NumberContext;
import dev.tuckerc.grammar.template.KernelTemplate.ParameterContext;
import dev.tuckerc.grammar.template.KernelTemplate.ParametersContext;
import dev.tuckerc.grammar.template.KernelTemplate.ParenthesesContext;
import dev.tuckerc.grammar.template.KernelTemplate.RequireContext;
import dev.tuckerc.grammar.template.KernelTemplate.ShapesContext;
import dev.tuckerc.grammar.template.KernelTemplate.TextContext;
import dev.tuckerc.grammar.template.KernelTemplate.UnaryContext;
import dev.tuckerc.grammar.template.KernelTemplateLexer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.antlr.v4.runtime.BaseErrorListener;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.Recognizer;
import org.antlr.v4.runtime.tree.TerminalNode;

/// Reads the text of a template.
final class TemplateParser {
  private final String file;
  private final SequencedMap<String, List<Long>> parameters = new LinkedHashMap<>();
  private final List<String> shapes = new ArrayList<>();
  private final SequencedMap<String, TemplateExpression> lets = new LinkedHashMap<>();
  private final List<KernelTemplate.Requirement> requirements = new ArrayList<>();

  private TemplateParser(String file) {
    this.file = file;
  }

  /// Parses a template.
  ///
  /// @param file name for messages
  /// @throws TemplateException naming file, line and column
  static KernelTemplate parse(String file, String text) {
    return new TemplateParser(file).parse(text);
  }

  private KernelTemplate parse(String text) {
    String complete = text.endsWith("\n") ? text : text + "\n";
    KernelTemplateLexer lexer = new KernelTemplateLexer(CharStreams.fromString(complete, file));
    var parser = new dev.tuckerc.grammar.template.KernelTemplate(new CommonTokenStream(lexer));
    BaseErrorListener listener =
        new BaseErrorListener() {
          @Override
          public void syntaxError(
              Recognizer<?, ?> recognizer,
              Object symbol,
              int line,
              int column,
              String message,
              RecognitionException cause) {
            throw new TemplateException(file + ":" + line + ":" + (column + 1) + ": " + message);
          }
        };
    lexer.removeErrorListeners();
    lexer.addErrorListener(listener);
    parser.removeErrorListeners();
    parser.addErrorListener(listener);
    var tree = parser.file();
    String name = tree.header().dottedName().getText();
    String description = unquoted(tree.header().STRING());
    List<TemplateItem> items = items(tree.item(), true);
    List<String> holes = new ArrayList<>();
    collectHoles(items, holes);
    return new KernelTemplate(
        name, description, parameters, shapes, lets, requirements, items, holes);
  }

  private static void collectHoles(List<TemplateItem> items, List<String> names) {
    for (TemplateItem item : items) {
      switch (item) {
        case TemplateItem.Hole hole -> names.add(hole.name());
        case TemplateItem.Conditional conditional -> {
          collectHoles(conditional.whenTrue(), names);
          collectHoles(conditional.whenFalse(), names);
        }
        case TemplateItem.Text _, TemplateItem.Constants _ -> {}
      }
    }
  }

  private List<TemplateItem> items(List<ItemContext> contexts, boolean top) {
    List<TemplateItem> items = new ArrayList<>();
    for (ItemContext context : contexts) {
      switch (context) {
        case TextContext c -> items.add(new TemplateItem.Text(line(c.TEXT())));
        case ConstantsContext c -> items.add(new TemplateItem.Constants(indentation(c.MARK(0))));
        case HoleContext c ->
            items.add(
                new TemplateItem.Hole(
                    c.NAME().getText(),
                    indentation(c.MARK(0)),
                    c.TEXT().stream().map(TemplateParser::line).toList()));
        case ConditionalContext c ->
            items.add(
                new TemplateItem.Conditional(
                    c.getStart().getLine(),
                    expression(c.expression()),
                    items(c.whenTrue.item(), false),
                    c.whenFalse == null ? List.of() : items(c.whenFalse.item(), false)));
        default -> declaration(context, top);
      }
    }
    return items;
  }

  private void declaration(ItemContext context, boolean top) {
    if (!top) {
      throw error(context, "declarations are not allowed inside 'if'");
    }
    switch (context) {
      case ParametersContext c -> {
        for (ParameterContext parameter : c.parameter()) {
          String name = declared(parameter, parameter.NAME());
          List<Long> domain =
              parameter.NUMBER().stream().map(n -> Long.parseLong(n.getText())).toList();
          parameters.put(name, domain);
        }
      }
      case ShapesContext c -> {
        for (TerminalNode name : c.NAME()) {
          shapes.add(declared(c, name));
        }
      }
      case LetContext c -> lets.put(declared(c, c.NAME()), expression(c.expression()));
      case RequireContext c ->
          requirements.add(
              new KernelTemplate.Requirement(
                  lets.size(), expression(c.expression()), unquoted(c.STRING())));
      default -> throw error(context, "unexpected directive");
    }
  }

  private String declared(ParserRuleContext context, TerminalNode node) {
    String name = node.getText();
    if (parameters.containsKey(name) || shapes.contains(name) || lets.containsKey(name)) {
      throw error(context, "'" + name + "' is declared twice");
    }
    return name;
  }

  private TemplateExpression expression(ExpressionContext context) {
    return switch (context) {
      case NumberContext c -> new TemplateExpression.Number(Long.parseLong(c.getText()));
      case NameContext c -> new TemplateExpression.Name(c.getText());
      case CallContext c ->
          new TemplateExpression.Call(
              c.NAME().getText(), c.expression().stream().map(this::expression).toList());
      case ParenthesesContext c -> expression(c.expression());
      case UnaryContext c ->
          new TemplateExpression.Unary(c.operator.getText(), expression(c.expression()));
      case BinaryContext c ->
          new TemplateExpression.Binary(
              c.operator.getText(), expression(c.expression(0)), expression(c.expression(1)));
      case ChoiceContext c ->
          new TemplateExpression.Choice(
              expression(c.expression(0)),
              expression(c.expression(1)),
              expression(c.expression(2)));
      default -> throw error(context, "unexpected expression");
    };
  }

  private TemplateException error(ParserRuleContext context, String message) {
    return new TemplateException(file + ":" + context.getStart().getLine() + ": " + message);
  }

  private static String line(TerminalNode text) {
    return text.getText().stripTrailing();
  }

  private static String indentation(TerminalNode mark) {
    return mark.getText().replace("//!", "");
  }

  private static String unquoted(TerminalNode string) {
    String text = string.getText();
    return text.substring(1, text.length() - 1);
  }
}
