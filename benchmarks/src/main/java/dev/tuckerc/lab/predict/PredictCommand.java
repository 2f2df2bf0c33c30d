package dev.tuckerc.lab.predict;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.Tuckerc;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.options.TargetOption;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.lab.LabOptions;
import dev.tuckerc.lab.models.ModelCase;
import dev.tuckerc.lab.models.TdcRanks;
import dev.tuckerc.lab.results.Environment;
import dev.tuckerc.lab.results.Host;
import dev.tuckerc.lab.results.ResultFile;
import dev.tuckerc.lab.results.Table;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.zoo.Zoo;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `lab predict`: the performance model's times of whole models; nothing runs.
@Command(
    name = "predict",
    description =
        "Writes what the performance model predicts for whole models on a GPU that is described,"
            + " not present: dense and decomposed. Nothing runs; 'lab report' marks these figures"
            + " as predicted.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lab predict --out benchmarks/results",
      "  lab predict --target a100 --models resnet18 --ranks tdc"
    })
public final class PredictCommand implements Callable<Integer> {
  private static final String DEFAULT_MODELS = "resnet18,vgg16_bn,resnet50,densenet121";
  private static final String DENSE = "none";

  private final Output output;

  @Option(
      names = "--target",
      paramLabel = "TARGET",
      defaultValue = TargetOption.DEFAULT,
      description = "The GPU: h200, a100, sm_86, a device file (default: ${DEFAULT-VALUE}).")
  private String target = TargetOption.DEFAULT;

  @Option(
      names = "--models",
      paramLabel = "LIST",
      defaultValue = DEFAULT_MODELS,
      description = "Networks of the zoo, separated by commas; or all (default: ${DEFAULT-VALUE}).")
  private String models = DEFAULT_MODELS;

  @Option(
      names = "--ranks",
      paramLabel = "LIST",
      split = ",",
      defaultValue = TdcRanks.NAME + "," + ModelCase.TUCKER_RANKS,
      description =
          "Ranks of the decomposed forms: tdc, fixed=FRACTION, energy=SHARE (default:"
              + " ${DEFAULT-VALUE}).")
  private List<String> ranks = List.of();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = LabOptions.DEFAULT_FOLDER,
      description = "Folder for the result, made if missing (default: ${DEFAULT-VALUE}).")
  private Path out = Path.of(LabOptions.DEFAULT_FOLDER);

  /// @param output where results and notes go
  public PredictCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() {
    DeviceDescription device = TargetOption.parse(target, Optional::empty);
    List<ModelCase> cases = cases();
    List<Prediction> predictions = new ArrayList<>();
    try (Progress progress = output.progress("predict", cases.size())) {
      for (ModelCase model : cases) {
        predictions.add(Prediction.of(model, device));
        progress.step(model.name());
      }
    }
    ObjectNode data = Output.object();
    data.put("target", device.name());
    data.put("architecture", device.architecture());
    ArrayNode list = data.putArray("models");
    predictions.forEach(prediction -> prediction.addTo(list.addObject()));
    Path file = ResultFile.write(out, "predict", environment(device), data);
    print(predictions);
    output.note("result in " + file);
    return ExitCode.OK;
  }

  private List<ModelCase> cases() {
    List<ModelCase> cases = new ArrayList<>();
    for (Zoo network : ModelCase.networks(models)) {
      cases.add(new ModelCase(network, Precision.FP16, DENSE));
      for (String policy : ranks) {
        boolean known =
            !policy.equals(TdcRanks.NAME)
                || TdcRanks.of(network, ModelCase.graph(network)).isPresent();
        if (known) {
          cases.add(new ModelCase(network, Precision.FP16, policy));
        } else {
          output.note(network.text() + ": TDC has no ranks for it");
        }
      }
    }
    return cases;
  }

  private void print(List<Prediction> predictions) {
    Table table = new Table("model", "launches", "predicted us", "floor us", "bound by");
    for (Prediction prediction : predictions) {
      table.row(
          prediction.model().name(),
          prediction.launches(),
          "%.1f".formatted(prediction.microseconds()),
          "%.1f".formatted(prediction.floor().microseconds()),
          prediction.floor().bound());
    }
    table.print(output.out());
  }

  /// The environment of a prediction: a description in place of a device.
  private static Environment environment(DeviceDescription device) {
    return new Environment(
        Instant.now().truncatedTo(ChronoUnit.SECONDS),
        Tuckerc.VERSION,
        System.getProperty("tuckerc.commit", "unknown"),
        new Environment.DeviceRecord(
            "description",
            true,
            device.name(),
            device.computeCapability(),
            device.multiprocessors(),
            0,
            Optional.empty(),
            Optional.empty()),
        new Environment.Nvrtc("not used", "not used"),
        Host.collect(),
        List.of());
  }
}
