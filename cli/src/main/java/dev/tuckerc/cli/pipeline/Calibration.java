package dev.tuckerc.cli.pipeline;

import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.samples.BatchedModel;
import dev.tuckerc.cli.samples.ModelData;
import dev.tuckerc.data.Split;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Pipeline;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.calibrate.CalibratedFit;
import dev.tuckerc.transform.calibrate.ErrorKind;
import dev.tuckerc.transform.calibrate.FitMode;
import dev.tuckerc.transform.calibrate.OutputErrors;
import dev.tuckerc.transform.decompose.FactorFit;
import dev.tuckerc.transform.search.ErrorMeasure;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Data that factors are fitted to: the values of `--calibrate` and the options beside it.
///
/// @param sources as on the command line
/// @param samples how many at most
/// @param errors that a search for ranks goes by
/// @param seed of the choice of positions within them
public record Calibration(
    List<String> sources,
    int samples,
    FitMode mode,
    ErrorKind errors,
    Optional<String> preprocessing,
    long seed) {
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
    data.requireFinite("--calibrate");
    return new Loaded(this, graph, batched.batch(), data);
  }

  /// The samples, and the model at their batch.
  public record Loaded(Calibration calibration, Graph graph, int batch, ModelData data) {
    /// The fit of a plan's factors to them.
    public FactorFit fit(Progress progress) {
      return new CalibratedFit(
          canonical(),
          data.batches(batch),
          calibration.mode(),
          calibration.seed(),
          layer -> progress.step("fit " + layer));
    }

    /// What layers lose of their outputs on them; empty where weights are to decide.
    public Optional<ErrorMeasure> errors(Progress progress) {
      return calibration.errors() == ErrorKind.WEIGHTS
          ? Optional.empty()
          : Optional.of((layers, weights) ->
              new OutputErrors(
                      canonical(),
                      data.batches(batch),
                      calibration.errors() == ErrorKind.TASK,
                      calibration.seed(),
                      layer -> progress.step("measure " + layer))
                  .of(layers, weights));
    }

    private Graph canonical() {
      return Pipeline.of(Pipeline.beforeDecomposition()).run(graph, PassContext.of(Precision.FP32));
    }

    /// The calibration as words of a command that gives the same result: the data by its hash.
    public List<String> command() {
      List<String> words =
          new ArrayList<>(
              List.of(
                  "--calibrate",
                  "sha256:" + data.hash(),
                  "--samples",
                  String.valueOf(data.size()),
                  "--fit",
                  calibration.mode().name().toLowerCase(Locale.ROOT),
                  "--seed",
                  String.valueOf(calibration.seed())));
      if (calibration.errors() != ErrorKind.WEIGHTS) {
        words.addAll(List.of("--error", calibration.errors().name().toLowerCase(Locale.ROOT)));
      }
      return words;
    }
  }
}
