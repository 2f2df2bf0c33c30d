package dev.tuckerc.cli.pipeline;

import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.transform.Objective;
import dev.tuckerc.transform.Precision;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What to compile, and how.
///
/// @param model an ONNX file
/// @param bindings shapes of inputs
/// @param target the GPU to generate code for
/// @param targetText the target as on the command line
/// @param ranks how convolutions are decomposed
/// @param fusion whether one kernel may compute several nodes
/// @param objective what is to become small
/// @param trace folder for the graph after every pass
/// @param verify whether the graph is checked after every pass
public record CompileRequest(
    Path model,
    ShapeBindings bindings,
    DeviceDescription target,
    String targetText,
    Precision precision,
    Ranks ranks,
    boolean fusion,
    Objective objective,
    Optional<Path> trace,
    boolean verify) {

  /// A request for the least time.
  public CompileRequest(
      Path model,
      ShapeBindings bindings,
      DeviceDescription target,
      String targetText,
      Precision precision,
      Ranks ranks,
      boolean fusion,
      Optional<Path> trace,
      boolean verify) {
    this(
        model,
        bindings,
        target,
        targetText,
        precision,
        ranks,
        fusion,
        Objective.TIME,
        trace,
        verify);
  }

  /// The same request with other ranks.
  public CompileRequest with(Ranks newRanks) {
    return new CompileRequest(
        model, bindings, target, targetText, precision, newRanks, fusion, objective, trace, verify);
  }

  /// The request as a command, the same for the same result: without the output's name, and with
  /// the model's file name only.
  public List<String> command() {
    List<String> words = new java.util.ArrayList<>(List.of("tuckerc", "compile"));
    words.add(String.valueOf(model.getFileName()));
    words.addAll(List.of("--target", targetText));
    words.addAll(List.of("--precision", precision.text()));
    words.addAll(List.of("--ranks", ranks.text()));
    if (!fusion) {
      words.add("--no-fusion");
    }
    if (objective != Objective.TIME) {
      words.addAll(List.of("--optimize", objective.text()));
    }
    if (!ranks.options().forms().isEmpty()) {
      words.addAll(List.of("--forms", String.join(",", ranks.options().forms())));
    }
    if (ranks.options().onlyFaster()) {
      words.add("--only-faster");
    }
    words.addAll(ranks.words());
    bindings
        .shapes()
        .forEach((name, shape) ->
            words.addAll(
                List.of(
                    "--shape",
                    name + "=" + String.join("x", shape.stream().map(String::valueOf).toList()))));
    return words;
  }
}
