package dev.tuckerc.cli.pipeline;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.device.CompiledKernel;
import java.util.Map;
import java.util.stream.Collectors;

/// What a compilation did, for people and programs.
///
/// @param model the graph as imported
/// @param decomposed the graph after decomposition
/// @param launches number of kernel launches of one run
/// @param kernels number of different kernels
/// @param weightBytes weights on the device
/// @param predictedMicroseconds the performance model's estimate of one run
/// @param spillingKernels kernels whose registers spill to memory
/// @param seconds time of each stage
public record CompileSummary(
    String name,
    String target,
    String precision,
    String ranks,
    GraphFigures model,
    GraphFigures decomposed,
    GraphFigures optimized,
    int launches,
    int kernels,
    long arenaBytes,
    long arenaLowerBound,
    long weightBytes,
    double predictedMicroseconds,
    long spillingKernels,
    Map<String, Double> seconds) {

  /// The summary of a compilation.
  public static CompileSummary of(CompileRequest request, Compilation compilation) {
    long spilling =
        compilation.bundle().kernels().stream()
            .map(kernel -> kernel.resources())
            .filter(CompileSummary::spills)
            .count();
    return new CompileSummary(
        String.valueOf(request.model().getFileName()),
        request.target().name() + ", " + request.target().architecture(),
        request.precision().text(),
        request.ranks().text(),
        GraphFigures.of(compilation.imported().graph()),
        GraphFigures.of(compilation.decomposed()),
        GraphFigures.of(compilation.optimized()),
        compilation.program().launches().size(),
        compilation.program().kernels().size(),
        compilation.memory().arenaBytes(),
        compilation.memory().lowerBound(),
        compilation.bundle().plan().weightBytes(),
        compilation.program().predictedMicroseconds(),
        spilling,
        compilation.seconds());
  }

  private static boolean spills(CompiledKernel.Resources resources) {
    return resources.spillLoadBytes() > 0 || resources.spillStoreBytes() > 0;
  }

  /// Some lines for people.
  public String text() {
    StringBuilder text = new StringBuilder();
    text.append("model     %s: %s%n".formatted(name, model.text()));
    if (!ranks.equals("none")) {
      text.append("ranks     %s: %s%n".formatted(ranks, decomposed.text()));
    }
    text.append(
        "program   %d nodes -> %d launches of %d kernels, %s, for %s%n"
            .formatted(model.nodes(), launches, kernels, precision, target));
    text.append(
        "memory    arena %d bytes (at least %d), weights %d bytes%n"
            .formatted(arenaBytes, arenaLowerBound, weightBytes));
    text.append("predicted %.1f us a run%n".formatted(predictedMicroseconds));
    if (spillingKernels > 0) {
      text.append("note      %d kernels spill registers%n".formatted(spillingKernels));
    }
    text.append(
        "time      "
            + seconds.entrySet().stream()
                .map(e -> "%s %.2f s".formatted(e.getKey(), e.getValue()))
                .collect(Collectors.joining(", ")));
    return text.toString();
  }

  /// The same as JSON.
  public ObjectNode json() {
    ObjectNode root = Output.object();
    root.put("model", name);
    root.put("target", target);
    root.put("precision", precision);
    root.put("ranks", ranks);
    figures(root.putObject("imported"), model);
    figures(root.putObject("decomposed"), decomposed);
    figures(root.putObject("optimized"), optimized);
    root.put("launches", launches);
    root.put("kernels", kernels);
    root.put("arenaBytes", arenaBytes);
    root.put("arenaLowerBound", arenaLowerBound);
    root.put("weightBytes", weightBytes);
    root.put("predictedMicroseconds", predictedMicroseconds);
    root.put("spillingKernels", spillingKernels);
    ObjectNode times = root.putObject("seconds");
    seconds.forEach(times::put);
    return root;
  }

  private static void figures(ObjectNode node, GraphFigures figures) {
    node.put("nodes", figures.nodes());
    node.put("convolutions", figures.convolutions());
    node.put("parameters", figures.parameters());
    node.put("multiplyAdds", figures.multiplyAdds());
  }
}
