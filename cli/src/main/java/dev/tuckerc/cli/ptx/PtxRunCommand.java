package dev.tuckerc.cli.ptx;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.options.EmulatorOption;
import dev.tuckerc.cli.options.ToleranceOption;
import dev.tuckerc.cli.tensors.Comparison;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.cli.tensors.NpyFile;
import dev.tuckerc.cli.tensors.TensorText;
import dev.tuckerc.device.DeviceBuffer;
import dev.tuckerc.device.Dim3;
import dev.tuckerc.device.KernelArgument;
import dev.tuckerc.device.KernelLaunch;
import dev.tuckerc.emulator.EmulatedDevice;
import dev.tuckerc.emulator.KernelCounters;
import dev.tuckerc.emulator.KernelSignature;
import dev.tuckerc.emulator.KernelSignature.Parameter;
import dev.tuckerc.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `tuckerc ptx run`: one launch of one kernel on the emulated device.
@Command(
    name = "run",
    description =
        "Launches a kernel of a PTX or CUDA file on the emulated device, prints its buffers and"
            + " counters, and compares them with expected ones. Accesses outside every buffer are"
            + " always found; --check finds more.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  tuckerc ptx run one.cu --grid 1 --block 32 --arg y=f32[32] --check all",
      "  tuckerc ptx run k.ptx --kernel sum --grid 4x2 --block 256 --arg x=x.npy",
      "  tuckerc ptx run k.ptx --grid 8 --block 64 --arg y=f32[512] --expect y=y.npy"
    })
final class PtxRunCommand implements Callable<Integer> {
  private static final Pattern EXTENT = Pattern.compile("[1-9][0-9]{0,9}");

  private final Output output;

  @Parameters(paramLabel = "FILE.ptx|FILE.cu", description = "Where the kernel is.")
  private Path path;

  @Option(
      names = "--kernel",
      paramLabel = "NAME",
      description = "The kernel; may be left out where there is only one.")
  private @Nullable String kernel;

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

  @Option(
      names = "--grid",
      paramLabel = "X[xY[xZ]]",
      required = true,
      description = "Blocks, such as 8 or 4x2.")
  private String grid;

  @Option(
      names = "--block",
      paramLabel = "X[xY[xZ]]",
      required = true,
      description = "Threads of a block, such as 256 or 32x8.")
  private String block;

  @Option(
      names = "--shared",
      paramLabel = "BYTES",
      defaultValue = "0",
      description = "Dynamic shared memory (default: 0).")
  private int shared;

  @Option(
      names = "--arg",
      paramLabel = "NAME=VALUE",
      description =
          "The kernel's arguments in order. VALUE is a number; FILE.npy; or a buffer such as"
              + " f32[8,100] (unwritten), f32[800]:zeros, :iota, :fill=2.5, :random=SEED.")
  private List<String> arguments = new ArrayList<>();

  @Option(
      names = "--save",
      paramLabel = "NAME=FILE.npy",
      description = "Write a buffer's content after the launch.")
  private Map<String, Path> saves = new LinkedHashMap<>();

  @Option(
      names = "--expect",
      paramLabel = "NAME=FILE.npy",
      description = "Compare a buffer with a file; exit code 1 when they differ.")
  private Map<String, Path> expectations = new LinkedHashMap<>();

  @Mixin private ToleranceOption tolerances = new ToleranceOption();

  @Option(
      names = "--counters",
      description = "Count instructions by class, bytes, sectors, bank conflicts, divergence.")
  private boolean counters;

  @Mixin private EmulatorOption emulator = new EmulatorOption();

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  PtxRunCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() {
    if (expectations.isEmpty() && tolerances.given()) {
      throw new CliException(
          Code.CLI001, "--rtol and --atol-of-range have no effect without --expect");
    }
    Dim3 gridSize = size("--grid", grid);
    Dim3 blockSize = size("--block", block);
    Comparison.Tolerance tolerance = tolerances.with(Comparison.Tolerance.FP32);
    saves.values().forEach(FilesIo::requireWritable);
    List<PtxArgument> given = arguments.stream().map(PtxArgument::parse).toList();
    checkNames(given);
    Map<String, Tensor> expected = new LinkedHashMap<>();
    expectations.forEach((name, file) -> expected.put(name, NpyFile.read(file)));
    PtxText text = PtxText.read(path, architecture, included);
    KernelSignature signature = text.kernel(kernel);
    checkCount(signature, given);
    StringBuilder printed = new StringBuilder();
    try (EmulatedDevice device = emulator.open(counters)) {
      device.printTo(json ? printed::append : output.out()::print);
      Map<String, DeviceBuffer> buffers = new LinkedHashMap<>();
      List<KernelArgument> values = new ArrayList<>();
      for (int a = 0; a < given.size(); a++) {
        values.add(argument(device, signature.parameters().get(a), given.get(a), buffers));
      }
      long start = System.nanoTime();
      device.launch(
          new KernelLaunch(
              device.load(text.text(), text.label()).kernel(signature.name()),
              gridSize,
              blockSize,
              shared,
              values));
      device.synchronize();
      double milliseconds = (System.nanoTime() - start) / 1e6;
      Map<String, Tensor> results = download(device, given, buffers);
      saves.forEach((name, file) -> NpyFile.write(file, result(results, name)));
      Map<String, Comparison> comparisons = new LinkedHashMap<>();
      expected.forEach((name, tensor) ->
          comparisons.put(name, Comparison.of(result(results, name), tensor, tolerance)));
      report(device.lastCounters(), milliseconds, printed.toString(), results, comparisons);
      return comparisons.values().stream().allMatch(Comparison::agrees)
          ? ExitCode.OK
          : ExitCode.MISMATCH;
    }
  }

  private static Dim3 size(String option, String text) {
    String[] parts = text.split("x", -1);
    int[] extents = {1, 1, 1};
    boolean right = parts.length <= 3;
    for (int i = 0; right && i < parts.length; i++) {
      right = EXTENT.matcher(parts[i]).matches() && Long.parseLong(parts[i]) <= Integer.MAX_VALUE;
      extents[i] = right ? (int) Long.parseLong(parts[i]) : 1;
    }
    if (!right) {
      throw new CliException(
          Code.CLI001, option + ": '" + text + "' is no size such as 8, 4x2 or 4x2x3");
    }
    return new Dim3(extents[0], extents[1], extents[2]);
  }

  private void checkNames(List<PtxArgument> given) {
    List<String> names = given.stream().map(PtxArgument::name).toList();
    List<String> buffers =
        given.stream()
            .filter(argument -> argument instanceof PtxArgument.Buffer)
            .map(PtxArgument::name)
            .toList();
    if (names.stream().distinct().count() < names.size()) {
      throw new CliException(Code.CLI001, "--arg: a name is given twice: " + names);
    }
    for (Map.Entry<String, Map<String, Path>> option :
        Map.of("--save", saves, "--expect", expectations).entrySet()) {
      for (String name : option.getValue().keySet()) {
        if (!buffers.contains(name)) {
          throw new CliException(
              Code.CLI001,
              option.getKey() + ": no buffer is called '" + name + "'; there are " + buffers);
        }
      }
    }
  }

  private void checkCount(KernelSignature signature, List<PtxArgument> given) {
    List<Parameter> parameters = signature.parameters();
    if (parameters.size() != given.size()) {
      throw new CliException(
          Code.CLI001,
          "kernel "
              + signature.name()
              + " takes "
              + parameters.size()
              + " arguments ("
              + String.join(", ", parameters.stream().map(Parameter::type).toList())
              + "), "
              + given.size()
              + " were given: one --arg for each, in order");
    }
  }

  private static KernelArgument argument(
      EmulatedDevice device,
      Parameter parameter,
      PtxArgument argument,
      Map<String, DeviceBuffer> buffers) {
    return switch (argument) {
      case PtxArgument.Scalar scalar -> scalar.argument(parameter);
      case PtxArgument.Buffer buffer -> {
        if (parameter.bytes() != 8) {
          throw new CliException(
              Code.CLI001,
              "--arg "
                  + buffer.name()
                  + ": a buffer for parameter "
                  + parameter.name()
                  + ", which is no pointer but "
                  + parameter.type());
        }
        long bytes = Math.max(1, buffer.tensor().data().byteSize());
        DeviceBuffer memory = device.allocate(bytes, buffer.name());
        if (buffer.written()) {
          device.upload(memory, 0, buffer.tensor().data());
        }
        buffers.put(buffer.name(), memory);
        yield new KernelArgument.Pointer(memory, 0);
      }
    };
  }

  private static Map<String, Tensor> download(
      EmulatedDevice device, List<PtxArgument> given, Map<String, DeviceBuffer> buffers) {
    Map<String, Tensor> results = new LinkedHashMap<>();
    for (PtxArgument argument : given) {
      DeviceBuffer memory = buffers.get(argument.name());
      if (argument instanceof PtxArgument.Buffer buffer && memory != null) {
        Tensor result = Tensor.zeros(buffer.tensor().type(), buffer.tensor().shape());
        device.download(memory, 0, result.data());
        results.put(buffer.name(), result);
      }
    }
    return results;
  }

  private static Tensor result(Map<String, Tensor> results, String name) {
    Tensor tensor = results.get(name);
    if (tensor == null) {
      throw new IllegalStateException("no buffer " + name);
    }
    return tensor;
  }

  private void report(
      KernelCounters counted,
      double milliseconds,
      String printed,
      Map<String, Tensor> results,
      Map<String, Comparison> comparisons) {
    if (json) {
      ObjectNode root = Output.object();
      root.put("milliseconds", milliseconds);
      if (!printed.isEmpty()) {
        root.put("printed", printed);
      }
      ObjectNode buffers = root.putObject("buffers");
      results.forEach((name, tensor) -> TensorText.json(buffers.putObject(name), tensor));
      ObjectNode compared = root.putObject("comparisons");
      comparisons.forEach(
          (name, comparison) -> TensorText.json(compared.putObject(name), comparison));
      ObjectNode numbers = root.putObject("counters");
      counted.byName().forEach(numbers::put);
      output.json(root);
      return;
    }
    results.forEach((name, tensor) -> {
      output.out().println(name + " " + TensorText.of(tensor));
      Comparison comparison = comparisons.get(name);
      if (comparison != null) {
        output.out().println("  " + TensorText.of(comparison, "the expected values"));
      }
    });
    if (counters) {
      counted.byName().forEach((name, count) -> output.out().printf("%-28s %,15d%n", name, count));
    }
    output.out().printf("time      %.3f ms on the emulator%n", milliseconds);
  }
}
