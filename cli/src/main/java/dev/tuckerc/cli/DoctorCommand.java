package dev.tuckerc.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.cli.console.Failure;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.cuda.TuckercCache;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.linalg.Unfolding;
import dev.tuckerc.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `tuckerc doctor`: what is installed and usable.
@Command(
    name = "doctor",
    description =
        "Checks what this machine can do: Java, kernel compiler, linear algebra, devices, cache.",
    footerHeading = "%nExamples:%n",
    footer = {"  tuckerc doctor", "  tuckerc doctor --json"})
public final class DoctorCommand implements Callable<Integer> {
  private final Output output;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  /// @param output where results and notes go
  public DoctorCommand(Output output) {
    this.output = output;
  }

  /// One line of the report.
  ///
  /// @param needed whether tuckerc is of little use without
  private record Check(String name, boolean good, boolean needed, String text) {}

  /// Does something and says what came of it.
  private interface Probe {
    String run() throws Exception;
  }

  @Override
  public Integer call() {
    List<Check> checks = new ArrayList<>();
    checks.add(check("java", true, DoctorCommand::java));
    checks.add(check("memory", true, DoctorCommand::memory));
    Check nvrtc = check("nvrtc", true, DoctorCommand::nvrtc);
    Check algebra = check("linear algebra", true, DoctorCommand::linearAlgebra);
    // Once the libraries are unpacked, a cache that takes nothing costs time only.
    checks.add(check("cache", !nvrtc.good() || !algebra.good(), DoctorCommand::cache));
    checks.add(nvrtc);
    checks.add(algebra);
    for (Devices.Kind kind : Devices.all()) {
      checks.add(new Check(kind.name(), kind.good(), kind.needed(), kind.text()));
    }
    boolean good = checks.stream().allMatch(c -> c.good() || !c.needed());
    if (json) {
      ObjectNode root = Output.object();
      root.put("usable", good);
      ArrayNode list = root.putArray("checks");
      for (Check check : checks) {
        ObjectNode node = list.addObject();
        node.put("name", check.name());
        node.put("good", check.good());
        node.put("needed", check.needed());
        node.put("text", check.text());
      }
      output.json(root);
    } else {
      for (Check check : checks) {
        String mark = check.good() ? "ok" : check.needed() ? "BAD" : "-";
        output.out().printf("%-4s %-14s %s%n", mark, check.name(), check.text());
      }
    }
    return good ? ExitCode.OK : ExitCode.DEVICE;
  }

  private static Check check(String name, boolean needed, Probe probe) {
    try {
      return new Check(name, true, needed, probe.run());
    } catch (Exception | LinkageError e) {
      return new Check(name, false, needed, Failure.of(e).message());
    }
  }

  private static String java() {
    return Runtime.version() + " at " + System.getProperty("java.home");
  }

  private static String memory() {
    Runtime runtime = Runtime.getRuntime();
    return "heap up to "
        + CacheCommand.bytes(runtime.maxMemory())
        + ", "
        + runtime.availableProcessors()
        + " processors";
  }

  private static String cache() throws Exception {
    Path root = TuckercCache.standard().root();
    try {
      Files.createDirectories(root);
      Files.delete(Files.createTempFile(root, "doctor", ".tmp"));
    } catch (IOException e) {
      throw new DeviceException(
          root
              + " cannot be written ("
              + FilesIo.reason(e)
              + "): kernels are compiled every time; set TUCKERC_CACHE to a writable folder",
          e);
    }
    Optional<String> shortage = TuckercCache.standard().shortage();
    if (shortage.isPresent()) {
      throw new DeviceException(
          shortage.get() + "; free some, or set TUCKERC_CACHE to a folder with more");
    }
    return root
        + " is writable, "
        // Not Files.getFileStore, which fails where the mount table does not hold the folder.
        + CacheCommand.bytes(root.toFile().getUsableSpace())
        + " free";
  }

  private static String nvrtc() {
    NvrtcCompiler compiler = NvrtcCompiler.create();
    String source = "extern \"C\" __global__ void probe(float* x) { x[threadIdx.x] += 1.0f; }\n";
    long start = System.nanoTime();
    int bytes = compiler.compile("probe.cu", source, "sm_90", List.of()).cubin().length;
    return "%s, %s, compiled a kernel for sm_90 (%d bytes) in %d ms"
        .formatted(
            compiler.version(),
            NvrtcCompiler.namedLibrary().map(Path::toString).orElse("shipped"),
            bytes,
            (System.nanoTime() - start) / 1_000_000);
  }

  /// OpenBLAS is what needs the newest C library of all that is shipped.
  private static String linearAlgebra() {
    float[] ones = new float[16];
    Arrays.fill(ones, 1);
    Tensor matrix = Tensor.ofFloats(List.of(4L, 4L), ones);
    double largest = new Unfolding(matrix, 1, 4, 4).spectrum()[0];
    if (Math.abs(largest - 16) > 1e-9) {
      throw new IllegalStateException("OpenBLAS finds the eigenvalue " + largest + ", not 16");
    }
    return "OpenBLAS solved an eigenproblem";
  }
}
