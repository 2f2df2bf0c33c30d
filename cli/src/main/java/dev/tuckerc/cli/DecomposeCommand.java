package dev.tuckerc.cli;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.options.CompileOptions;
import dev.tuckerc.cli.pipeline.CompilePipeline;
import dev.tuckerc.cli.pipeline.CompileRequest;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.onnx.exporter.OnnxExporter;
import dev.tuckerc.onnx.importer.ImportedModel;
import dev.tuckerc.onnx.importer.OnnxImporter;
import dev.tuckerc.transform.decompose.DecompositionReport;
import java.nio.file.Path;
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
        "Shows for every convolution its ranks, parameters, multiply-adds, predicted time and the"
            + " relative error of its weight; writes the decomposed model as plain ONNX. Without"
            + " --ranks, every layer stays dense and its cost is shown.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  tuckerc decompose resnet18.onnx --ranks fixed=0.5",
      "  tuckerc decompose resnet18.onnx --ranks energy=0.9 --target a100",
      "  tuckerc decompose resnet18.onnx --ranks fixed=0.5 -o tucker.onnx --json"
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

  @Option(names = "--json", description = "Print the table as JSON.")
  private boolean json;

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
    CompileRequest request = options.request(model, Map.of(), Optional.empty());
    ImportedModel imported = OnnxImporter.readModel(model, request.bindings());
    imported.notes().forEach(output::note);
    CompilePipeline.Transformed transformed = CompilePipeline.decompose(request, imported.graph());
    DecompositionReport report =
        transformed
            .context()
            .report(DecompositionReport.class)
            .orElseThrow(() -> new IllegalStateException("the decomposition made no report"));
    if (file != null) {
      OnnxExporter.write(transformed.decomposed(), file);
    }
    output.out().print(json ? report.toJson() : report.toText());
    if (file != null) {
      output.note("wrote " + file);
    }
  }
}
