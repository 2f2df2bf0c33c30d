package dev.tuckerc.cli.ptx;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.emulator.KernelSignature;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tuckerc ptx list`: the kernels of a text.
@Command(
    name = "list",
    description =
        "Lists the kernels of a PTX or CUDA file: parameters, shared memory, instructions.",
    footerHeading = "%nExamples:%n",
    footer = {"  tuckerc ptx list saxpy.cu --arch sm_80", "  tuckerc ptx list k.ptx --json"})
final class PtxListCommand implements Runnable {
  private final Output output;

  @Parameters(paramLabel = "FILE.ptx|FILE.cu", description = "What to look at.")
  private Path path;

  @Option(
      names = "--arch",
      paramLabel = "SM",
      description = "Architecture to compile CUDA for (default: sm_90a).")
  private @Nullable String architecture;

  @Option(
      names = {"-I", "--include"},
      paramLabel = "DIR",
      description =
          "A folder with headers for CUDA; may be given several times. Then come those of CUDA_HOME,"
              + " and small ones that tuckerc brings along.")
  private List<Path> included = new ArrayList<>();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  PtxListCommand(Output output) {
    this.output = output;
  }

  @Override
  public void run() {
    List<KernelSignature> kernels = PtxText.read(path, architecture, included).kernels();
    if (json) {
      json(kernels);
      return;
    }
    for (KernelSignature kernel : kernels) {
      output
          .out()
          .println(
              kernel.name()
                  + "("
                  + kernel.parameters().stream()
                      .map(parameter -> parameter.type() + " " + parameter.name())
                      .collect(Collectors.joining(", "))
                  + ")");
      if (kernel.mostThreads() > 0) {
        output.out().println("  at most " + kernel.mostThreads() + " threads a block");
      }
      output.out().println("  static shared memory " + kernel.staticSharedBytes() + " bytes");
      output
          .out()
          .println(
              "  instructions "
                  + kernel.instructions().entrySet().stream()
                      .map(entry -> word(entry.getKey()) + " " + entry.getValue())
                      .collect(Collectors.joining(", ")));
    }
  }

  private static String word(Enum<?> kind) {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private void json(List<KernelSignature> kernels) {
    ObjectNode root = Output.object();
    ArrayNode list = root.putArray("kernels");
    for (KernelSignature kernel : kernels) {
      ObjectNode node = list.addObject();
      node.put("name", kernel.name());
      ArrayNode parameters = node.putArray("parameters");
      kernel
          .parameters()
          .forEach(parameter ->
              parameters
                  .addObject()
                  .put("name", parameter.name())
                  .put("type", parameter.type())
                  .put("bytes", parameter.bytes()));
      node.put("mostThreads", kernel.mostThreads());
      node.put("staticSharedBytes", kernel.staticSharedBytes());
      ObjectNode instructions = node.putObject("instructions");
      kernel.instructions().forEach((kind, count) -> instructions.put(word(kind), count));
    }
    output.json(root);
  }
}
