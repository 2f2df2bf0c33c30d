package dev.tuckerc.cli;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.pipeline.GraphFigures;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.ir.Dim;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.onnx.exporter.OnnxExporter;
import dev.tuckerc.zoo.Zoo;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tuckerc zoo`: writes a benchmark architecture.
@Command(
    name = "zoo",
    description =
        "Writes a benchmark architecture as ONNX, with random weights that depend on the seed alone.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  tuckerc zoo resnet18 -o resnet18.onnx",
      "  tuckerc zoo resnet20 -o resnet20.onnx --seed 7 --batch 8",
      "  tuckerc zoo resnet50 -o resnet50.onnx --batch N",
      "  tuckerc zoo vdsr -o vdsr.onnx --size 1080x1920"
    })
final class ZooCommand implements Runnable {
  /// Names for `--help` and the shell's completion.
  static final class Names implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Zoo.names().iterator();
    }
  }

  private final Output output;

  @Parameters(
      paramLabel = "NAME",
      completionCandidates = Names.class,
      description = "One of: ${COMPLETION-CANDIDATES}.")
  private String name;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "MODEL.onnx",
      description = "Where to write the model.")
  private Path file;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of the weights (default: 1).")
  private long seed;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "1",
      description = "Batch size, or N to leave it open (default: 1).")
  private String batch;

  @Option(
      names = "--size",
      paramLabel = "HxW",
      description =
          "Height and width of the image (default: 224x224, 256x256 where an image comes"
              + " out, 32x32 for resnet20).")
  private @Nullable String size;

  ZooCommand(Output output) {
    this.output = output;
  }

  @Override
  public void run() {
    FilesIo.requireWritable(file);
    Zoo network =
        Zoo.find(name)
            .orElseThrow(() ->
                new CliException(
                    Code.CLI007,
                    "the zoo has no '%s'; name one of %s"
                        .formatted(name, String.join(", ", Zoo.names()))));
    List<Long> extents = size(network);
    long height = extents.getFirst();
    long width = extents.getLast();
    Graph graph = network.build(seed, batch(), height, width);
    OnnxExporter.write(graph, file);
    // The cost of an open batch is that of one item.
    boolean open = batch.equals("N");
    Graph counted = open ? network.build(seed, Dim.of(1), height, width) : graph;
    output
        .out()
        .printf(
            "wrote     %s: %s, %s%s%n",
            file, name, GraphFigures.of(counted).text(), open ? " an item" : "");
  }

  /// Height and width.
  private List<Long> size(Zoo network) {
    if (size == null) {
      return List.of((long) network.size(), (long) network.size());
    }
    Matcher matcher = Pattern.compile("([1-9]\\d{0,5})x([1-9]\\d{0,5})").matcher(size);
    if (!matcher.matches()) {
      throw new CliException(
          Code.CLI001, "--size: '" + size + "' is not of the form HxW, as in 1080x1920");
    }
    long height = Long.parseLong(matcher.group(1));
    long width = Long.parseLong(matcher.group(2));
    network
        .refusal(height, width)
        .ifPresent(reason -> {
          throw new CliException(
              Code.CLI001, "--size " + size + " does not suit " + name + ": " + reason);
        });
    return List.of(height, width);
  }

  private Dim batch() {
    if (batch.equals("N")) {
      return Zoo.ANY_BATCH;
    }
    if (batch.matches("[1-9]\\d{0,6}")) {
      return Dim.of(Long.parseLong(batch));
    }
    throw new CliException(
        Code.CLI001, "--batch: '" + batch + "' is neither a positive number nor N");
  }
}
