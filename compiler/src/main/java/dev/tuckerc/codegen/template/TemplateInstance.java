package dev.tuckerc.codegen.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A template with every constant and hole decided: what a kernel's source is made of.
///
/// @param constants all constants by name, as [KernelTemplate#constants] gives them
/// @param holes code by hole; a hole left out keeps the template's default
/// @param helpers helper files the code in the holes needs, such as `half.cuh`
public record TemplateInstance(
    KernelTemplate template,
    SequencedMap<String, Long> constants,
    Map<String, String> holes,
    SequencedSet<String> helpers) {
  private static final Pattern INCLUDE = Pattern.compile("\\s*#include \"([^\"]+)\"\\s*");
  private static final Pattern INLINE = Pattern.compile("\\w+ */\\*! *([^*]+?) *\\*/");
  private static final String KERNEL = "KERNEL";
  private static final int LINE_LENGTH = 96;

  public TemplateInstance {
    constants = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(constants));
    holes = Map.copyOf(holes);
    helpers = Collections.unmodifiableSequencedSet(new LinkedHashSet<>(helpers));
    for (String hole : holes.keySet()) {
      if (!template.holes().contains(hole)) {
        throw new TemplateException(
            "template "
                + template.name()
                + " has no hole '"
                + hole
                + "', only "
                + template.holes());
      }
    }
  }

  /// Source text without header comment.
  ///
  /// @param kernelName replaces the word `KERNEL`
  public String source(String kernelName, TemplateLibrary library) {
    return named(source(library), kernelName);
  }

  /// Source text without header comment, of a kernel named `KERNEL`.
  public String source(TemplateLibrary library) {
    List<String> body = new ArrayList<>();
    render(template.items(), body);
    SequencedSet<String> included = new LinkedHashSet<>();
    List<String> lines = new ArrayList<>();
    for (String helper : helpers) {
      include(helper, library, included, lines);
    }
    for (String line : body) {
      Matcher include = INCLUDE.matcher(line);
      if (include.matches()) {
        include(include.group(1), library, included, lines);
      } else {
        lines.add(line);
      }
    }
    return String.join("\n", withoutBlankRuns(lines)) + "\n";
  }

  /// A source text with the kernel's name in place of the word `KERNEL`.
  public static String named(String source, String kernelName) {
    StringBuilder named = new StringBuilder(source.length());
    int from = 0;
    for (int at = source.indexOf(KERNEL); at >= 0; ) {
      int end = at + KERNEL.length();
      if (!isWordAt(source, at - 1) && !isWordAt(source, end)) {
        named.append(source, from, at).append(kernelName);
        from = end;
      }
      at = source.indexOf(KERNEL, end);
    }
    return named.append(source, from, source.length()).toString();
  }

  /// Whether the character at a place, if there is one, is part of an identifier or a number.
  private static boolean isWordAt(String text, int place) {
    if (place < 0 || place >= text.length()) {
      return false;
    }
    char c = text.charAt(place);
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || isDigit(c);
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /// The text of a fragment, for a hole of another template, which brings what helpers it needs.
  public String text() {
    List<String> lines = new ArrayList<>();
    render(template.items(), lines);
    return String.join("\n", lines);
  }

  private void render(List<TemplateItem> items, List<String> lines) {
    for (TemplateItem item : items) {
      switch (item) {
        case TemplateItem.Text(String line) -> lines.add(expand(line));
        case TemplateItem.Constants(String indentation) ->
            lines.addAll(declarations(indentation, usedNames()));
        case TemplateItem.Hole(String name, String indentation, List<String> otherwise) -> {
          String code = holes.get(name);
          if (code == null) {
            otherwise.forEach(line -> lines.add(expand(line)));
          } else {
            code.lines().forEach(line -> lines.add(line.isBlank() ? "" : indentation + line));
          }
        }
        case TemplateItem.Conditional c -> render(kept(c), lines);
      }
    }
  }

  private List<TemplateItem> kept(TemplateItem.Conditional conditional) {
    try {
      return conditional.condition().evaluate(constants) != 0
          ? conditional.whenTrue()
          : conditional.whenFalse();
    } catch (TemplateException e) {
      throw new TemplateException(
          "template " + template.name() + " line " + conditional.line() + ": " + e.getMessage());
    }
  }

  /// Every word of the text that is kept, so that only constants in use are declared.
  private SequencedSet<String> usedNames() {
    SequencedSet<String> words = new LinkedHashSet<>();
    collectWords(template.items(), words);
    return words;
  }

  private void collectWords(List<TemplateItem> items, SequencedSet<String> words) {
    for (TemplateItem item : items) {
      switch (item) {
        case TemplateItem.Text(String line) -> addWords(expand(line), words);
        case TemplateItem.Constants _ -> {}
        case TemplateItem.Hole hole -> {
          String code = holes.get(hole.name());
          if (code == null) {
            hole.lines().forEach(line -> addWords(expand(line), words));
          } else {
            addWords(code, words);
          }
        }
        case TemplateItem.Conditional c -> collectWords(kept(c), words);
      }
    }
  }

  /// Adds the identifiers of a text.
  private static void addWords(String text, SequencedSet<String> words) {
    for (int from = 0; from < text.length(); ) {
      int end = from;
      while (isWordAt(text, end)) {
        end++;
      }
      if (end > from && !isDigit(text.charAt(from))) {
        words.add(text.substring(from, end));
      }
      from = end + 1;
    }
  }

  private List<String> declarations(String indentation, SequencedSet<String> used) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (Map.Entry<String, Long> constant : constants.entrySet()) {
      if (!used.contains(constant.getKey())) {
        continue;
      }
      long value = constant.getValue();
      boolean small = value == (int) value;
      String assignment = constant.getKey() + " = " + value;
      String start = indentation + (small ? "constexpr int " : "constexpr long long ");
      boolean fits =
          line.toString().startsWith(start)
              && line.length() + assignment.length() + 3 <= LINE_LENGTH;
      if (fits) {
        line.append(", ").append(assignment);
      } else {
        if (!line.isEmpty()) {
          lines.add(line + ";");
        }
        line.setLength(0);
        line.append(start).append(assignment);
      }
    }
    if (!line.isEmpty()) {
      lines.add(line + ";");
    }
    return lines;
  }

  private String expand(String line) {
    String code = line.stripLeading();
    String own = code;
    if (code.startsWith("//|")) {
      String rest = code.substring(3);
      own = rest.startsWith(" ") ? rest.substring(1) : rest;
    }
    String expanded = line.substring(0, line.length() - code.length()) + own;
    // Few lines have one, and a search by the pattern would begin at every word.
    return expanded.contains("/*!")
        ? INLINE
            .matcher(expanded)
            .replaceAll(match -> Long.toString(inlineValue(match.group(1).strip())))
        : expanded;
  }

  private long inlineValue(String name) {
    Long value = constants.get(name);
    if (value == null) {
      throw new TemplateException(
          "template " + template.name() + ": /*! " + name + " */ names no constant");
    }
    return value;
  }

  private static void include(
      String file, TemplateLibrary library, SequencedSet<String> included, List<String> lines) {
    if (!included.add(file)) {
      return;
    }
    for (String line : library.helper(file).lines().toList()) {
      Matcher nested = INCLUDE.matcher(line);
      if (nested.matches()) {
        include(nested.group(1), library, included, lines);
      } else if (!line.startsWith("#pragma once")) {
        lines.add(line.stripTrailing());
      }
    }
    lines.add("");
  }

  private static List<String> withoutBlankRuns(List<String> lines) {
    List<String> kept = new ArrayList<>();
    for (String line : lines) {
      boolean blank = line.isBlank();
      if (!blank || !kept.isEmpty() && !kept.getLast().isEmpty()) {
        kept.add(blank ? "" : line);
      }
    }
    return kept;
  }
}
