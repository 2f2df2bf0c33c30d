package dev.tuckerc.ir.text;

import dev.tuckerc.grammar.tensorir.TensorIrParser;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.ir.Layout;
import dev.tuckerc.ir.Shape;
import dev.tuckerc.ir.TensorType;
import dev.tuckerc.tensor.DataType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.antlr.v4.runtime.ParserRuleContext;
import org.antlr.v4.runtime.tree.TerminalNode;
import org.jspecify.annotations.Nullable;

/// Reads the small parts of the syntax tree: names, numbers, types.
final class Syntax {
  private Syntax() {}

  /// An error at the start of a part of the text.
  static IrParseException error(ParserRuleContext where, String message) {
    return new IrParseException(
        where.getStart().getLine(), where.getStart().getCharPositionInLine() + 1, message);
  }

  static String string(String quoted, ParserRuleContext where) {
    try {
      return Strings.unquote(quoted);
    } catch (IllegalArgumentException e) {
      throw error(where, "in string " + quoted + ": " + e.getMessage());
    }
  }

  static String word(TensorIrParser.SymbolContext symbol) {
    return symbol.name() != null
        ? symbol.name().getText()
        : string(symbol.STRING().getText(), symbol);
  }

  static long integer(String text, long limit, ParserRuleContext where) {
    try {
      long value = Long.parseLong(text);
      if (value <= limit && value >= -limit - 1) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Reported below, as is a number beyond the limit.
    }
    throw error(where, "integer " + text + " is out of range");
  }

  static DataType dataType(TensorIrParser.NameContext name) {
    return DataType.parse(name.getText())
        .orElseThrow(() ->
            error(
                name,
                "unknown element type '"
                    + name.getText()
                    + "'; known are "
                    + Arrays.toString(DataType.values())));
  }

  static TensorType type(TensorIrParser.TypeContext type) {
    List<Dim> dims = new ArrayList<>();
    for (TensorIrParser.DimContext dim : type.dim()) {
      dims.add(dim(dim));
    }
    try {
      return new TensorType(dataType(type.name()), new Shape(dims), layout(type.layout()));
    } catch (IrException e) {
      throw error(type, e.getMessage() + "; correct the type");
    }
  }

  private static Layout layout(TensorIrParser.@Nullable LayoutContext layout) {
    if (layout == null) {
      return Layout.ROW_MAJOR;
    }
    Layout dense = axes(layout);
    return layout.pitch() == null
        ? dense
        : dense.withPitch(integer(layout.pitch().INTEGER().getText(), Long.MAX_VALUE, layout));
  }

  private static Layout axes(TensorIrParser.LayoutContext layout) {
    if (layout.name() != null) {
      if (layout.name().getText().equals("NHWC")) {
        return Layout.NHWC;
      }
      throw error(
          layout.name(),
          "unknown layout '"
              + layout.name().getText()
              + "'; write NHWC or the axes from the slowest to the fastest, such as {0,2,1}");
    }
    List<Integer> order = new ArrayList<>();
    for (TerminalNode axis : layout.INTEGER()) {
      order.add((int) integer(axis.getText(), Integer.MAX_VALUE, layout));
    }
    return new Layout(order);
  }

  static Dim dim(TensorIrParser.DimContext dim) {
    try {
      if (dim.STRING() != null) {
        return new Dim.Symbolic(string(dim.getText(), dim));
      }
      return isInteger(dim)
          ? Dim.of(integer(dim.getText(), Long.MAX_VALUE, dim))
          : new Dim.Symbolic(dim.getText());
    } catch (IrException e) {
      throw error(dim, e.getMessage() + "; extents are 0 or more");
    }
  }

  /// Whether a list item or extent is an integer with or without a sign.
  static boolean isInteger(TensorIrParser.DimContext dim) {
    return dim.STRING() == null && dim.getText().matches("-?[0-9]+");
  }

  /// Whether a list item is a real number that is no integer.
  static boolean isReal(TensorIrParser.DimContext dim) {
    return dim.STRING() == null
        && dim.getText()
            .matches("-?([0-9]+\\.[0-9]*([eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|inf|nan)");
  }
}
