package dev.tuckerc.lab.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.codegen.KernelCostModel;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.LayerCostModel;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.lab.models.RandomFactors;
import dev.tuckerc.lab.results.ResultLog;
import dev.tuckerc.linalg.FactorizationStore;
import dev.tuckerc.transform.PassContext;
import dev.tuckerc.transform.Pipeline;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.transform.decompose.DecomposeConvolutions;
import dev.tuckerc.transform.ranks.Goal;
import dev.tuckerc.transform.ranks.RankPolicies;
import dev.tuckerc.transform.ranks.RankPolicy;
import dev.tuckerc.transform.report.DecompositionReport;
import dev.tuckerc.transform.report.LayerReport;
import dev.tuckerc.transform.report.NetworkFigures;
import dev.tuckerc.zoo.Zoo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `lab plans`: the table of predicted plans, `--ranks latency` on networks of the zoo.
@Command(
    name = "plans",
    description =
        "Writes, for networks of the zoo on GPUs that are described, not present, what the"
            + " performance model predicts of the dense network and of the plan of least latency."
            + " Rows that the file has are kept, so that an interrupted run goes on where it"
            + " stopped. Weights are random, so that a unit of error says little: what the table"
            + " shows is how much time a device gains for it, and where nothing pays.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lab plans --out benchmarks/results/predicted",
      "  lab plans --out benchmarks/results/predicted --table"
    })
public final class PlansCommand implements Callable<Integer> {
  /// Height and width of the images of networks from image to image. UNet halves four times.
  private static final long HEIGHT = 1080;

  private static final long UNET_HEIGHT = 1088;
  private static final long WIDTH = 1920;

  private final Output output;

  @Option(
      names = "--networks",
      split = ",",
      paramLabel = "NAME",
      defaultValue =
          "resnet18,resnet50,vgg16_bn,densenet121,mobilenetv2,squeezenet1.1,vdsr,dncnn,unet,espcn,"
              + "style_transfer",
      description = "Networks of the zoo (default: ${DEFAULT-VALUE}).")
  private List<String> networks = List.of();

  @Option(
      names = "--targets",
      split = ",",
      paramLabel = "NAME",
      defaultValue = "h200,h100,a100,rtx4090,t4",
      description = "Shipped descriptions (default: ${DEFAULT-VALUE}).")
  private List<String> targets = List.of();

  @Option(
      names = "--precisions",
      split = ",",
      paramLabel = "P",
      defaultValue = "fp16,fp32",
      description = "fp16, fp32 (default: ${DEFAULT-VALUE}).")
  private List<Precision> precisions = List.of();

  @Option(
      names = "--batches",
      split = ",",
      paramLabel = "N",
      defaultValue = "1,32",
      description =
          "Images at a time; of two million pixels always one (default: ${DEFAULT-VALUE}).")
  private List<Long> batches = List.of();

  @Option(
      names = "--max-error",
      paramLabel = "E",
      defaultValue = "2",
      description = "Most error of a plan (default: ${DEFAULT-VALUE}).")
  private double maxError = 2;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "tuckerc-results",
      description = "Folder of the file plans.jsonl (default: ${DEFAULT-VALUE}).")
  private Path out = Path.of("tuckerc-results");

  @Option(names = "--table", description = "Print the rows that are there as Markdown; plan none.")
  private boolean table;

  /// @param output where results and notes go
  public PlansCommand(Output output) {
    this.output = output;
  }

  /// A row of the table.
  private record Row(Zoo network, String target, Precision precision, long batch, double maxError) {
    private static Row of(JsonNode line) {
      return new Row(
          zoo(line.path("network").asText()),
          line.path("target").asText(),
          Precision.valueOf(line.path("precision").asText().toUpperCase(Locale.ROOT)),
          line.path("batch").asLong(),
          line.path("maxError").asDouble());
    }

    private ObjectNode toJson() {
      ObjectNode line = Output.object();
      line.put("network", network.text());
      line.put("target", target);
      line.put("precision", precision.text());
      line.put("batch", batch);
      line.put("maxError", maxError);
      return line;
    }
  }

  @Override
  public Integer call() {
    ResultLog log = new ResultLog(out, "plans");
    List<JsonNode> known = Files.exists(log.file()) ? ResultLog.read(log.file()) : List.of();
    if (table) {
      print(known);
      return ExitCode.OK;
    }
    Set<Row> there = new HashSet<>();
    known.forEach(line -> there.add(Row.of(line)));
    // What is known of weights and kernels serves many rows.
    FactorizationStore store = new Memory(new ConcurrentHashMap<>());
    Map<String, KernelCostModel> models = new HashMap<>();
    for (long batch : batches) {
      for (Precision precision : precisions) {
        for (String name : networks) {
          Zoo network = zoo(name);
          if (!network.isClassifier() && batch > 1) {
            continue;
          }
          List<Row> rows =
              targets.stream()
                  .map(target -> new Row(network, target, precision, batch, maxError))
                  .filter(row -> !there.contains(row))
                  .toList();
          if (rows.isEmpty()) {
            continue;
          }
          Graph graph = graph(network, batch);
          for (Row row : rows) {
            KernelCostModel model =
                models.computeIfAbsent(
                    row.target(), t -> new KernelCostModel(DeviceDescription.shipped(t)));
            ObjectNode line = line(row, graph, model, store);
            log.write(line);
            output.out().println(cells(line));
          }
        }
      }
    }
    return ExitCode.OK;
  }

  private static Zoo zoo(String name) {
    return Zoo.find(name)
        .orElseThrow(() ->
            new CliException(Code.CLI001, "--networks: '" + name + "' is none of " + Zoo.names()));
  }

  private static Graph graph(Zoo network, long batch) {
    Graph graph =
        network.isClassifier()
            ? network.build(0, Dim.of(batch))
            : network.build(0, Dim.of(batch), network == Zoo.UNET ? UNET_HEIGHT : HEIGHT, WIDTH);
    PassContext none = PassContext.of(Precision.FP32);
    return Pipeline.of(Pipeline.beforeDecomposition()).run(graph, none);
  }

  private static ObjectNode line(
      Row row, Graph graph, LayerCostModel model, FactorizationStore store) {
    long start = System.nanoTime();
    PassContext context =
        PassContext.of(row.precision())
            .with(RankPolicy.class, new RandomFactors(RankPolicies.parse("latency")))
            .with(Goal.class, Goal.within(row.maxError()))
            .with(FactorizationStore.class, store)
            .with(LayerCostModel.class, model);
    Pipeline.of(List.of(new DecomposeConvolutions())).run(graph, context);
    DecompositionReport report = context.report(DecompositionReport.class).orElseThrow();
    NetworkFigures figures = context.report(NetworkFigures.class).orElseThrow();
    ObjectNode line = row.toJson();
    line.put("layers", report.layers().size());
    line.put(
        "decomposed",
        report.layers().stream().filter(l -> !l.form().equals(LayerReport.DENSE)).count());
    line.put("denseMicroseconds", rounded(figures.denseMicroseconds()));
    line.put("microseconds", rounded(figures.microseconds()));
    line.put("error", rounded(figures.error()));
    line.put("gap", rounded(figures.gap()));
    line.put("planSeconds", Math.round((System.nanoTime() - start) / 1e8) / 10.0);
    return line;
  }

  private static double rounded(double value) {
    return Math.round(value * 1e4) / 1e4;
  }

  private void print(List<JsonNode> lines) {
    String head = "network | target | precision | batch | dense us | planned us | gain | error";
    output.out().println("| " + head + " | layers |");
    output.out().println("|---|---|---|---|---|---|---|---|---|");
    lines.forEach(line -> output.out().println(cells(line)));
  }

  private static String cells(JsonNode line) {
    double dense = line.path("denseMicroseconds").asDouble();
    double planned = line.path("microseconds").asDouble();
    List<String> cells = new ArrayList<>();
    for (String column : List.of("network", "target", "precision", "batch")) {
      cells.add(line.path(column).asText());
    }
    cells.add(String.format(Locale.ROOT, "%.1f", dense));
    cells.add(String.format(Locale.ROOT, "%.1f", planned));
    cells.add(String.format(Locale.ROOT, "%.2fx", dense / planned));
    cells.add(String.format(Locale.ROOT, "%.2f", line.path("error").asDouble()));
    cells.add(line.path("decomposed").asText() + " of " + line.path("layers").asText());
    return "| " + String.join(" | ", cells) + " |";
  }

  /// What is known of weights, for as long as the process runs.
  private record Memory(Map<String, byte[]> entries) implements FactorizationStore {
    @Override
    public Optional<byte[]> find(String key) {
      return Optional.ofNullable(entries.get(key));
    }

    @Override
    public void keep(String key, byte[] content) {
      entries.put(key, content);
    }
  }
}
