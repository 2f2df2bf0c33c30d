package dev.tuckerc.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.KernelRecord;
import dev.tuckerc.bundle.PlannedLaunch;
import dev.tuckerc.bundle.TensorSignature;
import dev.tuckerc.bundle.file.BundleReader;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.options.CompileOptions;
import dev.tuckerc.cli.pipeline.BundleProfile;
import dev.tuckerc.cli.pipeline.Compilation;
import dev.tuckerc.cli.pipeline.CompilePipeline;
import dev.tuckerc.cli.pipeline.KernelView;
import dev.tuckerc.cli.pipeline.WhyText;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.ir.PrintableText;
import dev.tuckerc.onnx.importer.ModelSignature;
import dev.tuckerc.onnx.model.OnnxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tuckerc inspect`: what is in a model or a bundle.
@Command(
    name = "inspect",
    description =
        "Shows a bundle's signature, kernels and launches, or one stage of one kernel. A model is"
            + " compiled first, in memory.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  tuckerc inspect resnet20.bundle",
      "  tuckerc inspect resnet20.onnx --ranks fixed=0.5 --precision fp16",
      "  tuckerc inspect resnet20.bundle --kernel conv1 --stage cuda",
      "  tuckerc inspect resnet20.bundle --kernel conv1 --stage decision --json",
      "  tuckerc inspect resnet20.bundle --why",
      "  tuckerc inspect resnet20.bundle --counters"
    })
final class InspectCommand implements Runnable {
  private final Output output;

  /// Forms of a kernel.
  enum Stage {
    /// The lines of the tensor graph that it computes.
    IR,
    /// Its source.
    CUDA,
    /// What the kernel compiler made of the source.
    PTX,
    /// Why its parameters are what they are.
    DECISION
  }

  @Parameters(paramLabel = "BUNDLE|MODEL.onnx", description = "What to look at.")
  private Path path;

  @Option(
      names = "--kernel",
      paramLabel = "NAME",
      description = "A kernel, by its name, the start of it, or the name of an ONNX node.")
  private @Nullable String kernel;

  @Option(
      names = "--stage",
      paramLabel = "STAGE",
      description = "With --kernel: ir, cuda, ptx or decision (default: cuda).")
  private @Nullable Stage stage;

  @Option(
      names = "--counters",
      description =
          "Run once on the emulator and count what each kernel does: instructions, bytes, sectors,"
              + " bank conflicts, multiply-adds, divergence.")
  private boolean counters;

  @Option(
      names = "--why",
      description =
          "Show each kernel's predicted time by phase and what it was chosen over; with --kernel,"
              + " that kernel's alone.")
  private boolean why;

  @Mixin private CompileOptions options;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  InspectCommand(Output output) {
    this.output = output;
  }

  @Override
  public void run() {
    if (stage != null && kernel == null && stage != Stage.IR) {
      throw new CliException(
          Code.CLI001, "--stage " + stage + " has no effect without --kernel NAME");
    }
    if (counters && (kernel != null || stage != null)) {
      throw new CliException(
          Code.CLI001, "--counters has no effect with --kernel or --stage: it shows all kernels");
    }
    if (why && (counters || stage != null || json)) {
      throw new CliException(
          Code.CLI001,
          "--why has no effect with --counters, --stage or --json (--json shows all of it)");
    }
    FilesIo.requireReadable(path);
    Bundle bundle;
    try {
      bundle = load();
    } catch (OnnxException e) {
      boolean inside = counters || why || kernel != null || stage != null;
      if (e.code() != OnnxException.Code.ONNX016 || inside) {
        throw e;
      }
      open(ModelSignature.read(path), e.detail());
      return;
    }
    if (counters) {
      count(bundle);
    } else if (why) {
      explain(bundle);
    } else if (kernel != null) {
      KernelView found = KernelView.find(bundle, kernel);
      List<String> others = found.alternatives(kernel);
      if (!others.isEmpty()) {
        output.note("node '" + kernel + "' has further kernels: " + String.join(", ", others));
      }
      show(found, stage == null ? Stage.CUDA : stage);
    } else if (stage == Stage.IR) {
      output.out().print(bundle.graph());
    } else if (json) {
      output.json(json(bundle));
    } else {
      overview(bundle);
    }
  }

  private void explain(Bundle bundle) {
    List<KernelView> views =
        kernel == null
            ? bundle.kernels().stream().map(k -> KernelView.of(bundle, k.name())).toList()
            : List.of(KernelView.find(bundle, kernel));
    views.forEach(view -> output.out().print(WhyText.of(view)));
  }

  private Bundle load() {
    if (FilesIo.isBundle(path)) {
      if (!options.given().isEmpty()) {
        throw new CliException(
            Code.CLI001,
            String.join(", ", options.given()) + " has no effect: " + path + " is a bundle");
      }
      return BundleReader.read(path, BundleReader.EditedKernels.ACCEPT);
    }
    try (Progress progress = output.progress("compile", CompilePipeline.STEPS)) {
      Compilation compilation =
          CompilePipeline.compile(
              options.request(path, Map.of(), Optional.empty()),
              CachedKernelCompiler.standard(),
              progress);
      compilation.imported().notes().forEach(output::note);
      return compilation.bundle();
    }
  }

  /// What is known of a model whose extents are open.
  private void open(ModelSignature signature, String reason) {
    if (json) {
      ObjectNode root = Output.object();
      root.put("source", String.valueOf(path.getFileName()));
      declared(root.putArray("inputs"), signature.inputs());
      declared(root.putArray("outputs"), signature.outputs());
      root.put("open", reason);
      output.json(root);
      return;
    }
    var out = output.out();
    out.println("source    " + PrintableText.of(String.valueOf(path.getFileName())));
    signature.inputs().forEach(i -> out.println("input     " + i.text()));
    signature.outputs().forEach(o -> out.println("output    " + o.text()));
    out.println("program   none yet: " + reason);
  }

  private static void declared(ArrayNode list, List<ModelSignature.Declared> signature) {
    signature.forEach(each -> list.addObject().put("name", each.name()).put("type", each.type()));
  }

  private void count(Bundle bundle) {
    List<BundleProfile.Row> rows = BundleProfile.of(bundle);
    if (json) {
      output.json(CounterTable.json(rows));
    } else {
      CounterTable.print(output.out(), rows);
    }
  }

  private void show(KernelView view, Stage wanted) {
    String text =
        switch (wanted) {
          case IR -> view.graphLines();
          case CUDA -> view.kernel().source();
          case PTX -> view.kernel().ptx();
          case DECISION -> view.kernel().decision();
        };
    if (!json) {
      output.out().println(text.stripTrailing());
      return;
    }
    ObjectNode root = Output.object();
    root.put("kernel", view.kernel().name());
    if (wanted == Stage.DECISION) {
      root.set("decision", view.decision());
    } else {
      root.put(wanted.name().toLowerCase(java.util.Locale.ROOT), text);
    }
    output.json(root);
  }

  private void overview(Bundle bundle) {
    var out = output.out();
    out.println("source    " + PrintableText.of(bundle.manifest().sourceName()));
    out.println("command   " + PrintableText.of(String.join(" ", bundle.manifest().command())));
    out.println("target    " + bundle.manifest().target());
    ModelSignature model = FilesIo.isBundle(path) ? ModelSignature.NONE : ModelSignature.read(path);
    signatures("input", bundle.manifest().entryPoint().inputs(), model.inputs());
    signatures("output", bundle.manifest().entryPoint().outputs(), model.outputs());
    out.printf(
        "memory    arena %d bytes, weights %d bytes%n",
        bundle.plan().arenaBytes(), bundle.plan().weightBytes());
    out.printf(
        "program   %d launches of %d kernels%n%n",
        bundle.plan().launches().size(), bundle.kernels().size());
    int width = bundle.kernels().stream().mapToInt(k -> k.name().length()).max().orElse(6);
    out.printf(
        "%-" + width + "s %-22s %13s %7s %9s %7s %9s  %s%n",
        "kernel",
        "template",
        "grid",
        "threads",
        "registers",
        "shared",
        "estimate",
        "node");
    for (PlannedLaunch launch : bundle.plan().launches()) {
      KernelView view = KernelView.of(bundle, launch.kernel());
      KernelRecord record = view.kernel();
      out.printf(
          "%-" + width + "s %-22s %13s %7d %9d %7d %6.2f us  %s%n",
          record.name(),
          view.decision().path("template").asText(),
          launch.grid().x() + "x" + launch.grid().y() + "x" + launch.grid().z(),
          launch.block().count(),
          record.resources().registers(),
          record.resources().sharedBytes() + launch.sharedBytes(),
          view.microseconds(),
          PrintableText.brief(view.firstNode()));
    }
    if (!bundle.editedKernels().isEmpty()) {
      out.println();
      out.println("edited since it was compiled: " + String.join(", ", bundle.editedKernels()));
    }
  }

  /// @param declared what the model says of them where it leaves extents open; empty for a bundle
  private void signatures(
      String what, List<TensorSignature> signatures, List<ModelSignature.Declared> declared) {
    for (TensorSignature signature : signatures) {
      String open =
          declared.stream()
              .filter(each -> each.name().equals(signature.name()))
              .map(ModelSignature.Declared::type)
              .filter(type -> !type.equals(signature.describe()))
              .map(type -> " of " + PrintableText.brief(type))
              .collect(Collectors.joining());
      String name = PrintableText.brief(signature.name());
      output.out().printf("%-9s %s %s%s%n", what, name, signature.describe(), open);
    }
  }

  private static ObjectNode json(Bundle bundle) {
    ObjectNode root = Output.object();
    root.put("source", bundle.manifest().sourceName());
    root.put("target", bundle.manifest().target());
    ArrayNode command = root.putArray("command");
    bundle.manifest().command().forEach(command::add);
    signatures(root.putArray("inputs"), bundle.manifest().entryPoint().inputs());
    signatures(root.putArray("outputs"), bundle.manifest().entryPoint().outputs());
    root.put("arenaBytes", bundle.plan().arenaBytes());
    root.put("weightBytes", bundle.plan().weightBytes());
    ArrayNode launches = root.putArray("launches");
    for (PlannedLaunch launch : bundle.plan().launches()) {
      KernelView view = KernelView.of(bundle, launch.kernel());
      ObjectNode node = launches.addObject();
      node.put("kernel", launch.kernel());
      node.putArray("grid").add(launch.grid().x()).add(launch.grid().y()).add(launch.grid().z());
      node.putArray("block")
          .add(launch.block().x())
          .add(launch.block().y())
          .add(launch.block().z());
      node.put("registers", view.kernel().resources().registers());
      node.put("sharedBytes", view.kernel().resources().sharedBytes() + launch.sharedBytes());
      node.put("spillStoreBytes", view.kernel().resources().spillStoreBytes());
      node.set("decision", view.decision());
    }
    ArrayNode edited = root.putArray("editedKernels");
    bundle.editedKernels().forEach(edited::add);
    return root;
  }

  private static void signatures(ArrayNode list, List<TensorSignature> signatures) {
    for (TensorSignature signature : signatures) {
      ObjectNode node = list.addObject();
      node.put("name", signature.name());
      node.put("type", signature.type().name());
      ArrayNode shape = node.putArray("shape");
      signature.shape().forEach(shape::add);
    }
  }
}
