package dev.tuckerc.lab.doctor;

import dev.tuckerc.cuda.CudaDriver;
import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.execute.DeviceSelector;
import dev.tuckerc.lab.results.NvidiaSmi;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Driver, devices, whether they are idle, and kernel compilers.
final class DeviceChecks {
  private static final String PROBE =
      "extern \"C\" __global__ void probe(float* x) { x[threadIdx.x] += 1.0f; }\n";
  private static final double GIBIBYTE = 1 << 30;

  private DeviceChecks() {}

  static List<Check> all() {
    List<Check> checks = new ArrayList<>();
    checks.add(driver());
    for (DeviceSelector.Kind kind : DeviceSelector.standard().kinds()) {
      checks.add(describe(kind));
    }
    checks.addAll(usage());
    checks.add(Check.needed("NVRTC", DeviceChecks::nvrtc));
    checks.add(ownNvrtc());
    return checks;
  }

  private static Check driver() {
    return CudaDriver.cudaVersion()
        .map(cuda ->
            Check.fact(
                "driver",
                "%s, supports CUDA %s"
                    .formatted(
                        NvidiaSmi.driverVersion().orElse("version not known (no nvidia-smi)"),
                        cuda)))
        .orElseGet(() -> Check.missing("driver", "no usable NVIDIA driver"));
  }

  private static Check describe(DeviceSelector.Kind kind) {
    if (kind.devices().isEmpty()) {
      return Check.missing(kind.name(), "none: " + kind.reason());
    }
    return Check.fact(
        kind.name(),
        kind.devices().stream().map(DeviceChecks::describe).collect(Collectors.joining("; ")));
  }

  private static String describe(DeviceInfo device) {
    return "%s, sm_%d, %d multiprocessors, %.1f GiB"
        .formatted(
            device.name(),
            device.computeCapability(),
            device.multiprocessors(),
            device.memoryBytes() / GIBIBYTE);
  }

  /// Measurements on a GPU that others use as well are worth little.
  private static List<Check> usage() {
    List<String> gpus =
        NvidiaSmi.query(
            "--query-gpu=index,name,utilization.gpu,memory.used,temperature.gpu,clocks.sm,pstate",
            "--format=csv,noheader,nounits");
    List<String> processes =
        NvidiaSmi.query(
            "--query-compute-apps=pid,process_name,used_memory", "--format=csv,noheader");
    List<Check> checks = new ArrayList<>();
    for (String line : gpus) {
      checks.add(usage(line));
    }
    if (!gpus.isEmpty()) {
      checks.add(
          processes.isEmpty()
              ? Check.fact("GPU processes", "none")
              : Check.missing(
                  "GPU processes",
                  "others use a GPU, so times may be wrong: " + String.join("; ", processes)));
    }
    return checks;
  }

  /// One line of `nvidia-smi`: index, name, utilization in %, memory used in MiB, temperature in
  /// degrees Celsius, clock in MHz, performance state.
  static Check usage(String line) {
    String[] cells = line.split("\\s*,\\s*", -1);
    if (cells.length != 7) {
      return Check.missing("GPU usage", "nvidia-smi answered '" + line + "'");
    }
    String name = "GPU " + cells[0].strip();
    String text =
        "%s: %s %% busy, %s MiB used, %s degrees C, %s MHz, %s"
            .formatted(cells[1], cells[2], cells[3], cells[4], cells[5], cells[6].strip());
    return cells[2].equals("0")
        ? Check.fact(name, text + ": idle")
        : Check.missing(name, text + ": not known to be idle, so times may be wrong");
  }

  private static String nvrtc() {
    NvrtcCompiler compiler = NvrtcCompiler.create();
    long start = System.nanoTime();
    int bytes = compiler.compile("probe.cu", PROBE, "sm_90", List.of()).cubin().length;
    return "%s, %s, compiled a kernel for sm_90 (%d bytes) in %d ms"
        .formatted(
            compiler.version(),
            NvrtcCompiler.namedLibrary().map(Path::toString).orElse("shipped"),
            bytes,
            (System.nanoTime() - start) / 1_000_000);
  }

  private static Check ownNvrtc() {
    List<Path> found =
        Stream.of(
                folders(Path.of("/usr/local"), "cuda*", "lib64"),
                folders(Path.of("/usr/local"), "cuda*", "targets/x86_64-linux/lib"),
                List.of(Path.of("/usr/lib/x86_64-linux-gnu"), Path.of("/usr/lib64")))
            .flatMap(List::stream)
            .flatMap(folder -> folders(folder, "libnvrtc.so.{12,13}", "").stream())
            .toList();
    return found.isEmpty()
        ? Check.missing("NVRTC installed", "no libnvrtc.so.12 or .13 in the usual folders")
        : Check.fact("NVRTC installed", found + "; --nvrtc PATH uses one of them");
  }

  /// Entries of a folder that match a pattern, each with something appended, sorted.
  private static List<Path> folders(Path parent, String glob, String below) {
    if (!Files.isDirectory(parent)) {
      return List.of();
    }
    try (var entries = Files.newDirectoryStream(parent, glob)) {
      List<Path> found = new ArrayList<>();
      for (Path entry : entries) {
        Path path = below.isEmpty() ? entry : entry.resolve(below);
        if (Files.exists(path)) {
          found.add(path);
        }
      }
      found.sort(null);
      return found;
    } catch (IOException | UncheckedIOException e) {
      return List.of();
    }
  }
}
