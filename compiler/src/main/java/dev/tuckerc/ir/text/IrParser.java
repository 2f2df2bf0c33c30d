package dev.tuckerc.ir.text;

import dev.tuckerc.grammar.tensorir.TensorIrLexer;
import dev.tuckerc.grammar.tensorir.TensorIrParser;
import dev.tuckerc.ir.Graph;
import java.util.Set;
import org.antlr.v4.runtime.BaseErrorListener;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.Recognizer;
import org.antlr.v4.runtime.Token;
import org.antlr.v4.runtime.atn.PredictionMode;
import org.jspecify.annotations.Nullable;

/// Reads the text form that [IrPrinter] writes.
public final class IrParser {
  /// Brackets within brackets: keeps hostile text from exhausting the stack.
  static final int MAXIMUM_NESTING = 200;

  private IrParser() {}

  /// Parses a graph.
  ///
  /// @param weights where constants that are not in line come from
  /// @throws IrParseException when the text is not a well-formed graph
  public static Graph parse(String text, Weights weights) {
    Errors errors = new Errors();
    TensorIrLexer lexer = new TensorIrLexer(CharStreams.fromString(text));
    lexer.removeErrorListeners();
    lexer.addErrorListener(errors);
    CommonTokenStream tokens = new CommonTokenStream(lexer);
    tokens.fill();
    checkNesting(tokens);
    TensorIrParser parser = new TensorIrParser(tokens);
    parser.removeErrorListeners();
    parser.addErrorListener(errors);
    // The grammar needs two tokens of look-ahead, never the full context.
    parser.getInterpreter().setPredictionMode(PredictionMode.SLL);
    return new SyntaxTreeReader(weights).build(parser.graph());
  }

  private static void checkNesting(CommonTokenStream tokens) {
    Set<String> opening = Set.of("(", "[", "{", "<");
    Set<String> closing = Set.of(")", "]", "}", ">");
    int depth = 0;
    for (Token token : tokens.getTokens()) {
      if (opening.contains(token.getText())) {
        depth++;
      } else if (closing.contains(token.getText())) {
        depth--;
      }
      if (depth > MAXIMUM_NESTING) {
        throw new IrParseException(
            token.getLine(),
            token.getCharPositionInLine() + 1,
            "more than "
                + MAXIMUM_NESTING
                + " brackets are open; split the expression over several nodes");
      }
    }
  }

  /// Turns the first syntax error into an exception.
  private static final class Errors extends BaseErrorListener {
    @Override
    public void syntaxError(
        Recognizer<?, ?> recognizer,
        @Nullable Object offendingSymbol,
        int line,
        int column,
        String message,
        @Nullable RecognitionException exception) {
      String problem;
      if (recognizer instanceof TensorIrParser parser && offendingSymbol instanceof Token token) {
        String found =
            token.getType() == Token.EOF ? "the end of the text" : "'" + shorten(token) + "'";
        problem =
            "expected "
                + parser.getExpectedTokens().toString(parser.getVocabulary())
                + ", found "
                + found;
      } else {
        problem = message;
      }
      throw new IrParseException(
          line, column + 1, problem + "; docs/ir.md describes the text form");
    }

    private static String shorten(Token token) {
      String text = token.getText();
      return text.length() <= 40 ? text : text.substring(0, 40) + "...";
    }
  }
}
