package dev.tuckerc.codegen.template;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// When each derived constant and requirement of a template can be evaluated while its parameters
/// are assigned one after another: as soon as all its names are known, so that hopeless branches of
/// the enumeration are cut early.
///
/// @param parameters in order of assignment
/// @param steps for each number of parameters assigned, what can be evaluated then
record Stages(List<String> parameters, List<List<Step>> steps) {

  /// A derived constant, or a requirement when the name is empty.
  record Step(String name, TemplateExpression expression) {}

  static Stages of(KernelTemplate template) {
    List<String> parameters = List.copyOf(template.parameters().keySet());
    Map<String, Integer> depths = new HashMap<>();
    for (int i = 0; i < parameters.size(); i++) {
      depths.put(parameters.get(i), i + 1);
    }
    List<List<Step>> steps = new ArrayList<>();
    for (int i = 0; i <= parameters.size(); i++) {
      steps.add(new ArrayList<>());
    }
    List<String> lets = List.copyOf(template.lets().keySet());
    int next = 0;
    // A constant may rely on the requirements before it, so it comes no earlier than they do.
    int least = 0;
    for (KernelTemplate.Requirement requirement : template.requirements()) {
      for (; next < requirement.lets(); next++) {
        add(template, lets.get(next), least, depths, steps);
      }
      int depth = depth(requirement.condition(), depths);
      least = Math.max(least, depth);
      steps.get(depth).add(new Step("", requirement.condition()));
    }
    for (; next < lets.size(); next++) {
      add(template, lets.get(next), least, depths, steps);
    }
    return new Stages(parameters, steps);
  }

  private static void add(
      KernelTemplate template,
      String let,
      int least,
      Map<String, Integer> depths,
      List<List<Step>> steps) {
    TemplateExpression expression = template.lets().get(let);
    if (expression == null) {
      throw new TemplateException("constant '" + let + "' is not declared");
    }
    int depth = Math.max(least, depth(expression, depths));
    depths.put(let, depth);
    steps.get(depth).add(new Step(let, expression));
  }

  private static int depth(TemplateExpression expression, Map<String, Integer> depths) {
    return switch (expression) {
      case TemplateExpression.Number _ -> 0;
      case TemplateExpression.Name(String name) -> depths.getOrDefault(name, 0);
      case TemplateExpression.Call(String _, List<TemplateExpression> arguments) ->
          arguments.stream().mapToInt(a -> depth(a, depths)).max().orElse(0);
      case TemplateExpression.Unary(String _, TemplateExpression argument) ->
          depth(argument, depths);
      case TemplateExpression.Binary(String _, TemplateExpression left, TemplateExpression right) ->
          Math.max(depth(left, depths), depth(right, depths));
      case TemplateExpression.Choice(
              TemplateExpression condition,
              TemplateExpression yes,
              TemplateExpression no) ->
          Math.max(depth(condition, depths), Math.max(depth(yes, depths), depth(no, depths)));
    };
  }
}
