package dev.tuckerc.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.bundle.file.BundleWriter;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.options.CompileOptions;
import dev.tuckerc.cli.options.DecompositionOption;
import dev.tuckerc.cli.pipeline.Compilation;
import dev.tuckerc.cli.pipeline.CompilePipeline;
import dev.tuckerc.cli.pipeline.CompileRequest;
import dev.tuckerc.cli.pipeline.CompileSummary;
import dev.tuckerc.cli.pipeline.MemoryTable;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.transform.Objective;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tuckerc compile`: from a model to a bundle.
@Command(
    name = "compile",
    description = "Compiles an ONNX model to a bundle of CUDA kernels, weights and a launch plan.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  tuckerc zoo resnet20 -o resnet20.onnx",
      "  tuckerc compile resnet20.onnx -o resnet20.bundle",
      "  tuckerc compile resnet20.onnx -o r.bundle --precision fp16 --ranks fixed=0.5",
      "  tuckerc compile resnet20.onnx -o r.bundle --target sm_80 --trace passes/"
    })
final class CompileCommand implements Runnable {
  private final Output output;

  @Parameters(paramLabel = "MODEL.onnx", description = "The model to compile.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "BUNDLE",
      description = "Where to write the bundle: a folder, or a zip when the name ends in .zip.")
  private Path bundle;

  @Option(
      names = "--trace",
      paramLabel = "DIR",
      description = "Write the graph after every pass to DIR/NN-<pass>.ir.")
  private @Nullable Path trace;

  @Mixin private CompileOptions options;

  @Mixin private DecompositionOption decomposition = new DecompositionOption();

  @Option(names = "--json", description = "Print the summary as JSON.")
  private boolean json;

  CompileCommand(Output output) {
    this.output = output;
  }

  @Override
  public void run() {
    FilesIo.requireReadable(model);
    BundleWriter.requireWritable(bundle);
    if (trace != null) {
      FilesIo.createFolder(trace);
    }
    CompileRequest request =
        decomposition.applyTo(options.request(model, Map.of(), Optional.ofNullable(trace)));
    Compilation compilation;
    try (Progress progress = output.progress("compile", CompilePipeline.STEPS)) {
      compilation = CompilePipeline.compile(request, CachedKernelCompiler.standard(), progress);
    }
    compilation.imported().notes().forEach(output::note);
    compilation.write(bundle);
    CompileSummary summary = CompileSummary.of(request, compilation);
    if (json) {
      ObjectNode root = summary.json();
      root.put("bundle", bundle.toString());
      output.json(root);
    } else {
      output.out().println(summary.text());
      output.out().println("wrote     " + bundle);
      if (request.objective() == Objective.MEMORY) {
        MemoryTable table =
            MemoryTable.of(request, compilation.imported().graph(), compilation.decomposed());
        output.out().print("\n" + table.toText());
      }
    }
  }
}
