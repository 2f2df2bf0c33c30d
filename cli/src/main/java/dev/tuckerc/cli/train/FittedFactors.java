package dev.tuckerc.cli.train;

import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.samples.BatchedModel;
import dev.tuckerc.cli.samples.ModelData;
import dev.tuckerc.data.Dataset;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.onnx.importer.OnnxImporter;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.training.admm.LowRankLayer;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Pipeline;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.calibrate.CalibratedFit;
import dev.tuckerc.transform.calibrate.CalibrationBatch;
import dev.tuckerc.transform.calibrate.FitMode;
import dev.tuckerc.transform.decompose.DecompositionPlan;
import java.nio.file.Path;
import java.util.List;

/// Factors of a model's original weights, fitted to samples: where training goes on from the ranks
/// that a search has found.
final class FittedFactors {
  private FittedFactors() {}

  /// The model with its layers replaced by fitted factors; batch normalisation is folded.
  ///
  /// @param known shapes that the fit may rely on; it chooses the batch itself
  /// @param layers of any graph of the model
  /// @param samples that the model takes as its one input
  /// @param seed of the choice of positions within them
  static Graph of(
      Path model,
      ShapeBindings known,
      List<LowRankLayer> layers,
      Dataset samples,
      long seed,
      Progress progress) {
    Graph open = canonical(OnnxImporter.read(model, ShapeBindings.NONE));
    BatchedModel batched = BatchedModel.read(model, known);
    Graph closed = canonical(batched.imported().graph());
    ModelData data = new ModelData(BatchedModel.inputs(closed), List.of(samples));
    List<CalibrationBatch> batches = data.batches(batched.batch());
    DecompositionPlan plan = LowRankLayer.plan(open, layers);
    return new CalibratedFit(closed, batches, FitMode.OUTPUTS, seed, progress::step)
        .fit(plan)
        .apply(open);
  }

  private static Graph canonical(Graph graph) {
    return Pipeline.of(Pipeline.beforeDecomposition()).run(graph, PassContext.of(Precision.FP32));
  }
}
