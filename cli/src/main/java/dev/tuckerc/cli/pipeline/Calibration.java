package dev.tuckerc.cli.pipeline;

import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.samples.BatchedModel;
import dev.tuckerc.cli.samples.ModelData;
import dev.tuckerc.data.Split;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.transform.Pass;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.calibrate.CalibratedFit;
import dev.tuckerc.transform.calibrate.CalibrationBatch;
import dev.tuckerc.transform.calibrate.FitMode;
import dev.tuckerc.transform.decompose.FactorFit;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Data that factors are fitted to: the values of `--calibrate` and the options beside it.
///
/// @param sources as on the command line
/// @param samples how many at most
/// @param seed of the choice of positions within them
public record Calibration(
    List<String> sources, int samples, FitMode mode, Optional<String> preprocessing, long seed) {
  /// Samples where nothing else is asked for.
  public static final int SAMPLES = 256;

  public Calibration {
    sources = List.copyOf(sources);
  }

  /// The samples for a model.
  ///
  /// @param model an ONNX file
  /// @param bindings shapes that were asked for
  public Loaded load(Path model, ShapeBindings bindings) {
    BatchedModel batched = BatchedModel.read(model, bindings);
    Graph graph = batched.imported().graph();
    ModelData data =
        ModelData.read(
            "--calibrate",
            sources,
            preprocessing,
            Split.TRAINING,
            samples,
            BatchedModel.inputs(graph));
    return new Loaded(this, graph, batched.batch(), data);
  }

  /// The samples, and the model at their batch.
  public record Loaded(Calibration calibration, Graph graph, int batch, ModelData data) {
    /// The fit of a plan's factors to them.
    public FactorFit fit(Progress progress) {
      PassContext context = PassContext.of(Precision.FP32);
      Graph canonical = graph;
      for (Pass pass : dev.tuckerc.transform.Pipeline.beforeDecomposition()) {
        canonical = pass.run(canonical, context);
      }
      List<CalibrationBatch> batches = new ArrayList<>();
      for (int first = 0; first < data.size(); first += batch) {
        int count = Math.min(batch, data.size() - first);
        batches.add(new CalibrationBatch(data.batch(first, count, batch), count));
      }
      return new CalibratedFit(
          canonical,
          batches,
          calibration.mode(),
          calibration.seed(),
          layer -> progress.step("fit " + layer));
    }

    /// The calibration as words of a command that gives the same result: the data by its hash.
    public List<String> command() {
      return List.of(
          "--calibrate",
          "sha256:" + data.hash(),
          "--samples",
          String.valueOf(data.size()),
          "--fit",
          calibration.mode().name().toLowerCase(java.util.Locale.ROOT),
          "--seed",
          String.valueOf(calibration.seed()));
    }
  }
}
