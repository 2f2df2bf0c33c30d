package dev.tuckerc.cli.train;

import dev.tuckerc.cli.options.CompileOptions;
import dev.tuckerc.cli.pipeline.CompileRequest;
import dev.tuckerc.cli.pipeline.Ranks;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.onnx.importer.OnnxImporter;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Pipeline;
import dev.tuckerc.transform.decompose.DecomposeConvolutions;
import dev.tuckerc.transform.decompose.DecompositionPlan;
import dev.tuckerc.transform.layer.DecompositionOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a rank policy makes of a model's layers, before they are trained.
final class RankPlan {
  private RankPlan() {}

  /// @param forms that layers may take; empty allows all
  static DecompositionPlan of(Path model, CompileOptions options, List<String> forms) {
    CompileRequest request = options.request(model, Map.of(), Optional.empty());
    Ranks ranks = request.ranks().with(new DecompositionOptions(forms, false), Optional.empty());
    PassContext context = ranks.context(request.precision(), request.target(), request.fusion());
    new DecomposeConvolutions().run(beforeDecomposition(request, context), context);
    return context.report(DecompositionPlan.class).orElseThrow();
  }

  /// The model at known extents, as the decomposition gets it.
  static Graph beforeDecomposition(CompileRequest request, PassContext context) {
    Graph graph = OnnxImporter.readModel(request.model(), request.bindings()).graph();
    return Pipeline.of(Pipeline.beforeDecomposition()).run(graph, context);
  }
}
