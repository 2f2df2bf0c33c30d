package dev.tuckerc.ptx;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.grammar.ptx.PtxLexer;
import dev.tuckerc.grammar.ptx.PtxParser.FileDirectiveContext;
import dev.tuckerc.grammar.ptx.PtxParser.FunctionContext;
import dev.tuckerc.grammar.ptx.PtxParser.ModuleContext;
import dev.tuckerc.grammar.ptx.PtxParser.TopLevelContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.antlr.v4.runtime.BaseErrorListener;
import org.antlr.v4.runtime.CharStreams;
import org.antlr.v4.runtime.CommonTokenStream;
import org.antlr.v4.runtime.RecognitionException;
import org.antlr.v4.runtime.Recognizer;
import org.antlr.v4.runtime.atn.PredictionMode;
import org.jspecify.annotations.Nullable;

/// Parses PTX text.
public final class PtxParser {
  private static final int MOST_CHARACTERS = 256 << 20;

  private PtxParser() {}

  /// Parses a PTX file.
  ///
  /// @param text PTX, with or without a trailing NUL
  /// @param label what the text is, for messages
  /// @throws DeviceException naming the line where the text is not PTX
  public static PtxModule parse(String text, String label) {
    if (text.length() > MOST_CHARACTERS) {
      throw new DeviceException(label + ": PTX of " + text.length() + " characters is too long");
    }
    int end = text.indexOf('\0');
    String clean = end < 0 ? text : text.substring(0, end);
    BaseErrorListener errors =
        new BaseErrorListener() {
          @Override
          public void syntaxError(
              Recognizer<?, ?> recognizer,
              @Nullable Object symbol,
              int line,
              int column,
              String message,
              @Nullable RecognitionException cause) {
            throw new DeviceException(
                label + ": PTX line " + line + ", column " + (column + 1) + ": " + message);
          }
        };
    PtxLexer lexer = new PtxLexer(CharStreams.fromString(clean));
    lexer.removeErrorListeners();
    lexer.addErrorListener(errors);
    dev.tuckerc.grammar.ptx.PtxParser parser =
        new dev.tuckerc.grammar.ptx.PtxParser(new CommonTokenStream(lexer));
    parser.removeErrorListeners();
    parser.addErrorListener(errors);
    parser.getInterpreter().setPredictionMode(PredictionMode.SLL);
    ModuleContext tree;
    try {
      tree = parser.module();
    } catch (StackOverflowError deep) {
      throw new DeviceException(label + ": PTX is nested too deeply", deep);
    }
    return build(tree, label);
  }

  private static PtxModule build(ModuleContext tree, String label) {
    Map<Integer, String> files = new HashMap<>();
    String target = "";
    boolean version = false;
    for (TopLevelContext top : tree.topLevel()) {
      if (top.fileDirective() != null) {
        addFile(top.fileDirective(), files);
      } else if (top.TARGET() != null) {
        target = top.WORD(0).getText();
      } else if (top.VERSION() != null) {
        version = true;
      }
    }
    if (!version) {
      throw new DeviceException(label + ": not PTX: there is no .version directive");
    }
    List<PtxVariable> variables = new ArrayList<>();
    List<PtxFunction> functions = new ArrayList<>();
    for (TopLevelContext top : tree.topLevel()) {
      boolean external = top.LINKAGE().stream().anyMatch(l -> l.getText().equals(".extern"));
      if (top.variable() != null) {
        variables.addAll(Declarations.variables(top.variable(), external, label));
      } else if (top.function() != null) {
        FunctionContext function = top.function();
        functions.add(new FunctionBuilder(function, files, label).build());
      }
    }
    return new PtxModule(label, target, variables, functions);
  }

  static void addFile(FileDirectiveContext directive, Map<Integer, String> files) {
    String path = directive.STRING().getText();
    path = path.substring(1, path.length() - 1);
    int slash = path.lastIndexOf('/');
    files.put(
        (int) Numbers.integer(directive.NUMBER(0).getText()),
        slash < 0 ? path : path.substring(slash + 1));
  }
}
