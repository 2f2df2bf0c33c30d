package dev.tuckerc.lab.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.pipeline.CompilePipeline;
import dev.tuckerc.cli.pipeline.GraphFigures;
import dev.tuckerc.codegen.CodeGenerator;
import dev.tuckerc.codegen.Program;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.DeviceFile;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.lab.bench.Floor;
import dev.tuckerc.lab.models.ModelCase;
import dev.tuckerc.lab.results.Environment;
import dev.tuckerc.lab.results.Outcome;
import dev.tuckerc.lab.results.ResultLog;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.memory.Aliases;
import dev.tuckerc.zoo.Zoo;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `lab predict`: the performance model's times of whole models; nothing runs.
@Command(
    name = "predict",
    description =
        "Writes what the performance model predicts for the headline networks in fp16 on a GPU that"
            + " is described, not present. 'lab report' marks these figures as predicted.",
    footerHeading = "%nExample:%n",
    footer = "  lab predict --target h200 --out benchmarks/results/predicted")
public final class PredictCommand implements Callable<Integer> {
  private static final List<Zoo> NETWORKS =
      List.of(Zoo.RESNET18, Zoo.VGG16_BN, Zoo.RESNET50, Zoo.DENSENET121, Zoo.VDSR);

  private final Output output;

  @Option(
      names = "--target",
      paramLabel = "NAME",
      defaultValue = "h200",
      description = "One of the shipped descriptions (default: ${DEFAULT-VALUE}).")
  private String target = "h200";

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "tuckerc-results",
      description = "Folder for the file predict.jsonl (default: ${DEFAULT-VALUE}).")
  private Path out = Path.of("tuckerc-results");

  /// @param output where results and notes go
  public PredictCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() {
    DeviceFile file = DeviceFile.shipped(target);
    DeviceDescription device = DeviceDescription.of(file);
    ResultLog log = new ResultLog(out, "predict");
    DeviceInfo info =
        new DeviceInfo(
            DeviceInfo.Kind.EMULATOR,
            device.name(),
            device.computeCapability(),
            device.multiprocessors(),
            0,
            device.sharedPerBlock());
    log.begin(Environment.of(info, "not used").toJson());
    for (ModelCase model : ModelCase.of(NETWORKS)) {
      if (model.precision() == Precision.FP16
          && (model.large() || model.network().isClassifier())) {
        ObjectNode line = line(model, device, file);
        log.write(line);
        output.out().printf("%-28s %s%n", model.name(), line.path("summary").asText());
      }
    }
    return ExitCode.OK;
  }

  private static ObjectNode line(ModelCase model, DeviceDescription device, DeviceFile file) {
    Graph graph = model.graph();
    Graph optimized = CompilePipeline.transform(model.request(graph, device), graph).optimized();
    Program program = CodeGenerator.generate(optimized, Aliases.of(optimized).free(), device);
    double predicted = program.predictedMicroseconds();
    Floor floor = Floor.of(program, GraphFigures.of(optimized).multiplyAdds(), true, file);
    ObjectNode node = Output.object();
    node.put("name", model.name());
    node.put("outcome", Outcome.DONE.word());
    node.put("network", model.label());
    node.put("precision", model.precision().text());
    node.put("ranks", model.ranks());
    node.put("launches", program.launches().size());
    node.put("predictedMicroseconds", predicted);
    floor.addTo(node);
    node.put(
        "summary",
        "%d launches, predicted %.1f us, floor %.1f us (%s)"
            .formatted(program.launches().size(), predicted, floor.microseconds(), floor.bound()));
    return node;
  }
}
