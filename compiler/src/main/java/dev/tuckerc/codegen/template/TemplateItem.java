package dev.tuckerc.codegen.template;

import java.util.List;

/// A piece of a template's text.
sealed interface TemplateItem {

  /// One ordinary line, without line end.
  record Text(String line) implements TemplateItem {}

  /// Where the constants are declared.
  record Constants(String indentation) implements TemplateItem {}

  /// Where generated code goes.
  ///
  /// @param lines the default
  record Hole(String name, String indentation, List<String> lines) implements TemplateItem {
    public Hole {
      lines = List.copyOf(lines);
    }
  }

  /// Two branches, one of which is kept.
  record Conditional(
      int line,
      TemplateExpression condition,
      List<TemplateItem> whenTrue,
      List<TemplateItem> whenFalse)
      implements TemplateItem {
    public Conditional {
      whenTrue = List.copyOf(whenTrue);
      whenFalse = List.copyOf(whenFalse);
    }
  }
}
