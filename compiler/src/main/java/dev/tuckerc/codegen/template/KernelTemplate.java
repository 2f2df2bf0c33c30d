package dev.tuckerc.codegen.template;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// A parsed template: declarations and text.
///
/// @param name dotted name, as in `conv.simt`
/// @param description what it computes, one sentence
/// @param parameters tuning parameters with their domains, in order of declaration
/// @param shapes parameters given for a layer
/// @param lets derived constants, in order
/// @param requirements what a candidate must satisfy
/// @param items the text
/// @param holes names of all holes, in order of appearance
public record KernelTemplate(
    String name,
    String description,
    SequencedMap<String, List<Long>> parameters,
    List<String> shapes,
    SequencedMap<String, TemplateExpression> lets,
    List<Requirement> requirements,
    List<TemplateItem> items,
    List<String> holes) {

  /// A condition on the constants of a candidate.
  ///
  /// @param lets number of derived constants declared before it; those after it may rely on it
  /// @param reason what a candidate that fails it breaks
  public record Requirement(int lets, TemplateExpression condition, String reason) {}

  public KernelTemplate {
    parameters = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(parameters));
    shapes = List.copyOf(shapes);
    lets = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(lets));
    requirements = List.copyOf(requirements);
    items = List.copyOf(items);
    holes = List.copyOf(holes);
  }

  /// Parses the text of a template.
  ///
  /// @param file name for messages
  /// @throws TemplateException when it is malformed
  public static KernelTemplate parse(String file, String text) {
    return TemplateParser.parse(file, text);
  }

  /// All assignments of the tuning parameters that meet every requirement, in the order of the
  /// domains, each completed with the shape parameters and derived constants.
  ///
  /// @param shape a value for each shape parameter
  public List<SequencedMap<String, Long>> candidates(Map<String, Long> shape) {
    return candidates(shape, Map.of());
  }

  /// As [#candidates(Map)], with some tuning parameters fixed.
  public List<SequencedMap<String, Long>> candidates(
      Map<String, Long> shape, Map<String, Long> fixed) {
    List<SequencedMap<String, Long>> complete = new ArrayList<>();
    for (String name : shapes) {
      value(shape, name, "shape parameter");
    }
    enumerate(Stages.of(this), 0, fixed, new HashMap<>(shape), complete);
    return complete;
  }

  private void enumerate(
      Stages stages,
      int depth,
      Map<String, Long> fixed,
      Map<String, Long> known,
      List<SequencedMap<String, Long>> complete) {
    for (Stages.Step step : stages.steps().get(depth)) {
      long value = step.expression().evaluate(known);
      if (step.name().isEmpty()) {
        if (value == 0) {
          return;
        }
      } else {
        known.put(step.name(), value);
      }
    }
    if (depth == stages.parameters().size()) {
      SequencedMap<String, Long> ordered = new LinkedHashMap<>();
      shapes.forEach(name -> ordered.put(name, value(known, name, "shape parameter")));
      parameters.keySet().forEach(name -> ordered.put(name, value(known, name, "parameter")));
      lets.keySet().forEach(name -> ordered.put(name, value(known, name, "constant")));
      complete.add(ordered);
      return;
    }
    String name = stages.parameters().get(depth);
    List<Long> domain = parameters.getOrDefault(name, List.of());
    Long only = fixed.get(name);
    for (long value : only == null ? domain : List.of(only)) {
      known.put(name, value);
      enumerate(stages, depth + 1, fixed, known, complete);
    }
  }

  /// All constants of an instance: shape parameters, tuning parameters, derived constants.
  ///
  /// @throws TemplateException when a value is missing, a name is unknown, or a requirement is not
  ///   met
  public SequencedMap<String, Long> constants(Map<String, Long> shape, Map<String, Long> tuning) {
    return constants(shape, tuning, false).orElseThrow();
  }

  /// As above; empty, when `optional`, if a requirement is not met.
  private Optional<SequencedMap<String, Long>> constants(
      Map<String, Long> shape, Map<String, Long> tuning, boolean optional) {
    SequencedMap<String, Long> constants = new LinkedHashMap<>();
    for (String name : shapes) {
      constants.put(name, value(shape, name, "shape parameter"));
    }
    for (String name : parameters.keySet()) {
      constants.put(name, value(tuning, name, "parameter"));
    }
    for (String given : shape.keySet()) {
      if (!shapes.contains(given)) {
        throw new TemplateException("template " + name + " has no shape parameter '" + given + "'");
      }
    }
    Iterator<Map.Entry<String, TemplateExpression>> remaining = lets.entrySet().iterator();
    int evaluated = 0;
    for (Requirement requirement : requirements) {
      for (; evaluated < requirement.lets(); evaluated++) {
        evaluate(remaining.next(), constants);
      }
      if (requirement.condition().evaluate(constants) == 0) {
        if (optional) {
          return Optional.empty();
        }
        throw new TemplateException(
            "template " + name + " refuses " + tuning + ": " + requirement.reason());
      }
    }
    remaining.forEachRemaining(let -> evaluate(let, constants));
    return Optional.of(constants);
  }

  private static void evaluate(
      Map.Entry<String, TemplateExpression> let, SequencedMap<String, Long> constants) {
    constants.put(let.getKey(), let.getValue().evaluate(constants));
  }

  private long value(Map<String, Long> values, String key, String what) {
    Long value = values.get(key);
    if (value == null) {
      throw new TemplateException("template " + name + ": " + what + " '" + key + "' has no value");
    }
    return value;
  }
}
