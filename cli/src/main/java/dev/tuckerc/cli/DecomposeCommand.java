package dev.tuckerc.cli;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.options.CompileOptions;
import dev.tuckerc.cli.options.DecompositionOption;
import dev.tuckerc.cli.pipeline.CompilePipeline;
import dev.tuckerc.cli.pipeline.CompileRequest;
import dev.tuckerc.cli.pipeline.GraphFigures;
import dev.tuckerc.cli.pipeline.MemoryTable;
import dev.tuckerc.cli.pipeline.Ranks;
import dev.tuckerc.cli.plot.DecompositionPlots;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.ir.Graph;
import dev.tuckerc.ir.IrException;
import dev.tuckerc.onnx.exporter.OnnxExporter;
import dev.tuckerc.onnx.importer.ImportedModel;
import dev.tuckerc.onnx.importer.OnnxImporter;
import dev.tuckerc.onnx.importer.ShapeBindings;
import dev.tuckerc.onnx.importer.UnsupportedModelException;
import dev.tuckerc.onnx.model.OnnxException;
import dev.tuckerc.transform.Objective;
import dev.tuckerc.transform.Pipeline;
import dev.tuckerc.transform.decompose.DecompositionPlan;
import dev.tuckerc.transform.decompose.MergeFactors;
import dev.tuckerc.transform.memory.MemoryPlanner;
import dev.tuckerc.transform.region.RegionReport;
import dev.tuckerc.transform.report.DecompositionReport;
import dev.tuckerc.transform.report.LayerTradeOff;
import dev.tuckerc.transform.report.NetworkFigures;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tuckerc decompose`: what a rank policy makes of every convolution.
@Command(
    name = "decompose",
    description =
        "Shows for every layer with a weight its ranks, parameters, multiply-adds, bytes, predicted"
            + " time and the relative errors of its weight and, with --calibrate, of its output,"
            + " and which layers one kernel computes; writes the decomposed model as plain ONNX."
            + " Without --ranks, every layer stays dense and its cost is shown.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  tuckerc decompose resnet20.onnx --ranks fixed=0.5",
      "  tuckerc decompose resnet20.onnx --ranks energy=0.9 --target a100",
      "  tuckerc decompose resnet20.onnx --ranks fixed=0.5 -o tucker.onnx --json",
      "  tuckerc decompose resnet20.onnx --ranks fixed=0.5 --calibrate npy:images.npy",
      "  tuckerc decompose resnet20.onnx --ranks fixed=0.25 --optimize memory"
    })
final class DecomposeCommand implements Runnable {
  private final Output output;

  @Parameters(paramLabel = "MODEL.onnx", description = "The model.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT.onnx",
      description = "Write the decomposed model.")
  private @Nullable Path file;

  @Mixin private CompileOptions options;

  @Mixin private DecompositionOption decomposition = new DecompositionOption();

  @Option(names = "--json", description = "Print the table as JSON.")
  private boolean json;

  @Option(
      names = "--explain",
      paramLabel = "LAYER",
      description =
          "Show what the network would take with this layer in other forms and at other ranks.")
  private @Nullable String explained;

  @Option(
      names = "--plot",
      paramLabel = "DIR",
      description =
          "Write pictures: memory.svg; error-latency.svg with a search for ranks; staircase.svg"
              + " with --explain.")
  private @Nullable Path plots;

  DecomposeCommand(Output output) {
    this.output = output;
  }

  @Override
  public void run() {
    FilesIo.requireReadable(model);
    if (file != null && !options.ranks().decomposes()) {
      throw new CliException(
          Code.CLI001, "--output has no effect without --ranks: nothing is decomposed");
    }
    if (file != null) {
      FilesIo.requireWritable(file);
    }
    if (plots != null) {
      FilesIo.createFolder(plots);
    }
    CompileRequest request =
        decomposition.applyTo(options.request(model, Map.of(), Optional.empty()));
    if (explained != null) {
      if (!request.ranks().decomposes()) {
        throw new CliException(Code.CLI001, "--explain has no effect without --ranks");
      }
      request = request.with(request.ranks().explaining(explained));
    }
    ImportedModel imported = OnnxImporter.readModel(model, request.bindings());
    CompilePipeline.Transformed transformed;
    try (Progress progress =
        output.progress("decompose", GraphFigures.of(imported.graph()).convolutions())) {
      transformed = CompilePipeline.decompose(request, imported.graph(), progress);
    }
    DecompositionReport report =
        transformed
            .context()
            .report(DecompositionReport.class)
            .orElseThrow(() -> new IllegalStateException("the decomposition made no report"));
    if (file != null) {
      OnnxExporter.write(decomposedAsDeclared(request, imported, transformed), file);
    }
    RegionReport regions =
        transformed.context().report(RegionReport.class).orElse(new RegionReport(List.of()));
    Optional<LayerTradeOff> layer = transformed.context().report(LayerTradeOff.class);
    output.out().print(json ? report.toJson(regions, layer) : report.toText());
    if (!json) {
      output.out().print(regions.toText());
      layer.ifPresent(tradeOff -> output.out().print(tradeOff.toText()));
    }
    if (plots != null) {
      plot(plots, request, imported, transformed.optimized(), report.network(), layer);
    }
    if (!json && request.objective() == Objective.MEMORY) {
      MemoryTable table = MemoryTable.of(request, imported.graph(), transformed.decomposed());
      output.out().print("\n" + table.toText());
    }
    if (file != null) {
      output.note("wrote " + file);
    }
  }

  private void plot(
      Path folder,
      CompileRequest request,
      ImportedModel imported,
      Graph planned,
      Optional<NetworkFigures> network,
      Optional<LayerTradeOff> layer) {
    DecompositionPlots pictures = new DecompositionPlots(folder);
    network.filter(figures -> !figures.tradeOff().isEmpty()).ifPresent(pictures::tradeOff);
    layer.ifPresent(pictures::staircase);
    Graph dense =
        request.ranks().decomposes()
            ? CompilePipeline.transform(request.with(Ranks.NONE), imported.graph()).optimized()
            : planned;
    pictures.memory(MemoryPlanner.liveBytes(dense), MemoryPlanner.liveBytes(planned));
    pictures.written().forEach(file -> output.note("wrote " + file));
  }

  /// The decomposed model with the extents that the model leaves open still open: the plan made at
  /// known extents, applied to an import without them. Where the model cannot be imported so, its
  /// extents are those that the figures are for, and a note says so.
  private Graph decomposedAsDeclared(
      CompileRequest request, ImportedModel imported, CompilePipeline.Transformed transformed) {
    if (imported.notes().isEmpty()) {
      return transformed.decomposed();
    }
    DecompositionPlan plan = transformed.context().report(DecompositionPlan.class).orElseThrow();
    try {
      ShapeBindings open =
          new ShapeBindings(request.bindings().shapes(), false, request.bindings().values());
      ImportedModel declared = OnnxImporter.readModel(model, open);
      Graph graph =
          Pipeline.of(Pipeline.beforeDecomposition()).run(declared.graph(), transformed.context());
      graph = new MergeFactors().run(plan.apply(graph), transformed.context());
      declared.notes().forEach(output::note);
      return graph;
    } catch (OnnxException | UnsupportedModelException | IrException e) {
      imported.notes().forEach(output::note);
      output.note("the extents are fixed in " + file + ": " + e.getMessage());
      return transformed.decomposed();
    }
  }
}
