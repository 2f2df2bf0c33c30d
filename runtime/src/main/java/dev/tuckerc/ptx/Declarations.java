package dev.tuckerc.ptx;

import dev.tuckerc.device.DeviceException;
import dev.tuckerc.grammar.ptx.PtxParser.DeclarationPartContext;
import dev.tuckerc.grammar.ptx.PtxParser.DeclaratorContext;
import dev.tuckerc.grammar.ptx.PtxParser.DimensionContext;
import dev.tuckerc.grammar.ptx.PtxParser.InitializerContext;
import dev.tuckerc.grammar.ptx.PtxParser.ParameterContext;
import dev.tuckerc.grammar.ptx.PtxParser.ParametersContext;
import dev.tuckerc.grammar.ptx.PtxParser.VariableContext;
import dev.tuckerc.ptx.PtxOperand.Symbol;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Builds variables from their declarations.
final class Declarations {
  private static final List<String> SPACES = List.of("global", "const", "shared", "local", "param");
  private static final long MOST_BYTES = 1L << 31;

  private Declarations() {}

  private record Head(String space, String type, int alignment, int vector) {}

  static List<PtxVariable> variables(VariableContext context, boolean external, String label) {
    Head head = head(context.declarationPart(), "global", label, context.getStart().getLine());
    List<PtxVariable> result = new ArrayList<>();
    for (DeclaratorContext declarator : context.declarator()) {
      long elements = elements(declarator.dimension(), label, context.getStart().getLine());
      List<PtxOperand> initial = null;
      if (declarator.initializer() != null) {
        initial = new ArrayList<>();
        flatten(declarator.initializer(), initial);
        if (elements == 0) {
          elements = initial.size();
        }
      }
      result.add(variable(head, declarator.WORD().getText(), elements, external, initial));
    }
    return result;
  }

  static List<PtxVariable> parameters(@Nullable ParametersContext context, String label) {
    List<PtxVariable> result = new ArrayList<>();
    if (context != null) {
      for (ParameterContext parameter : context.parameter()) {
        int line = parameter.getStart().getLine();
        Head head = head(parameter.declarationPart(), "param", label, line);
        long elements = elements(parameter.dimension(), label, line);
        result.add(variable(head, parameter.WORD().getText(), elements, false, null));
      }
    }
    return result;
  }

  private static PtxVariable variable(
      Head head, String name, long elements, boolean external, @Nullable List<PtxOperand> initial) {
    int element = PtxVariable.bytesOf(head.type) * head.vector;
    return new PtxVariable(
        name,
        head.space,
        head.type,
        Math.max(head.alignment, element),
        elements * element,
        external,
        initial);
  }

  private static Head head(
      List<DeclarationPartContext> parts, String defaultSpace, String label, int line) {
    String space = defaultSpace;
    String type = "";
    int alignment = 1;
    int vector = 1;
    boolean pointer = false;
    for (DeclarationPartContext part : parts) {
      if (part.ALIGN() != null) {
        if (!pointer) {
          alignment = (int) Numbers.integer(part.NUMBER().getText());
        }
      } else if (part.DOTWORD() != null) {
        String word = part.DOTWORD().getText().substring(1);
        if (word.equals("ptr")) {
          pointer = true;
        } else if (pointer) {
          continue;
        } else if (SPACES.contains(word)) {
          space = word;
        } else if (word.equals("v2") || word.equals("v4")) {
          vector = word.charAt(1) - '0';
        } else if (PtxVariable.bytesOf(word) > 0) {
          type = word;
        } else if (word.equals("reg")) {
          space = "reg";
        } else if (!word.equals("managed")) {
          throw new DeviceException(
              label + ": PTX line " + line + ": cannot read the declaration part ." + word);
        }
      }
    }
    if (type.isEmpty()) {
      throw new DeviceException(label + ": PTX line " + line + ": declaration without a type");
    }
    if (alignment < 1 || Integer.bitCount(alignment) != 1) {
      throw new DeviceException(
          label + ": PTX line " + line + ": alignment " + alignment + " is not a power of two");
    }
    return new Head(space, type, alignment, vector);
  }

  private static long elements(List<DimensionContext> dimensions, String label, int line) {
    long elements = 1;
    for (DimensionContext dimension : dimensions) {
      long size = dimension.NUMBER() == null ? 0 : Numbers.integer(dimension.NUMBER().getText());
      if (size < 0 || size > MOST_BYTES || elements * size > MOST_BYTES) {
        throw new DeviceException(label + ": PTX line " + line + ": array is too large");
      }
      elements *= size;
    }
    return elements;
  }

  private static void flatten(InitializerContext context, List<PtxOperand> into) {
    if (!context.initializer().isEmpty()) {
      context.initializer().forEach(inner -> flatten(inner, into));
    } else if (!context.WORD().isEmpty()) {
      boolean generic = context.WORD().size() == 2;
      long offset = context.NUMBER() == null ? 0 : Numbers.integer(context.NUMBER().getText());
      boolean minus = context.getText().contains("-");
      into.add(new Symbol(context.WORD(generic ? 1 : 0).getText(), minus ? -offset : offset));
    } else if (context.NUMBER() != null) {
      into.add(Numbers.parse(context.NUMBER().getText(), context.getStart().getText().equals("-")));
    }
  }
}
