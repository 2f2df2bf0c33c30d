package dev.tuckerc.lab.results;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.Tuckerc;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cuda.CudaDriver;
import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.device.DeviceInfo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The machine and the build that a result was taken with. Nothing is changed to find it out, and
/// no device is opened for it.
///
/// @param date when, in UTC, to the second
/// @param commit of tuckerc's sources, with `-dirty` where they were changed; `unknown` if not told
/// @param device product name
/// @param emulated whether no time of it is a GPU's
/// @param computeCapability major * 10 + minor
/// @param multiprocessors of a GPU; worker threads of the emulator
/// @param driver version of the NVIDIA driver, where there is one
/// @param compiler version of NVRTC, and the path of the library where it is not the shipped one
/// @param host operating system and processors
public record Environment(
    Instant date,
    String commit,
    String device,
    boolean emulated,
    int computeCapability,
    int multiprocessors,
    Optional<String> driver,
    String compiler,
    String host) {
  private static final Pattern DRIVER = Pattern.compile("Kernel Module\\D*\\s([0-9.]+)");
  private static final Pattern CPU = Pattern.compile("(?m)^model name\\s*:\\s*(.+)$");

  /// What is on this machine now.
  ///
  /// @param compiler version of the kernel compiler used
  public static Environment of(DeviceInfo device, String compiler) {
    return new Environment(
        Instant.now().truncatedTo(ChronoUnit.SECONDS),
        System.getProperty("tuckerc.commit", "unknown"),
        device.name(),
        device.kind() == DeviceInfo.Kind.EMULATOR,
        device.computeCapability(),
        device.multiprocessors(),
        find("/proc/driver/nvidia/version", DRIVER)
            .or(() -> CudaDriver.cudaVersion().map(cuda -> "of CUDA " + cuda)),
        compiler + NvrtcCompiler.namedLibrary().map(path -> " (" + path + ")").orElse(""),
        "%s %s, %s, %d processors, Java %s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                find("/proc/cpuinfo", CPU).orElseGet(() -> System.getProperty("os.arch")),
                Runtime.getRuntime().availableProcessors(),
                Runtime.version()));
  }

  /// The first group of the first match in a file of the system, if there is one.
  private static Optional<String> find(String file, Pattern pattern) {
    try {
      Matcher matcher = pattern.matcher(Files.readString(Path.of(file)));
      return matcher.find() ? Optional.of(matcher.group(1).strip()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /// The field `environment` of a result's first line.
  public ObjectNode toJson() {
    ObjectNode node = Output.object();
    node.put("date", date.toString());
    node.put("version", Tuckerc.VERSION);
    node.put("commit", commit);
    node.put("device", device);
    node.put("emulated", emulated);
    node.put("computeCapability", computeCapability);
    node.put("multiprocessors", multiprocessors);
    node.put("driver", driver.orElse(null));
    node.put("compiler", compiler);
    node.put("host", host);
    return node;
  }

  /// Reads what [#toJson] wrote.
  ///
  /// @throws RuntimeException when a field is missing or of another kind
  public static Environment fromJson(JsonNode node) {
    return new Environment(
        Instant.parse(node.required("date").asText()),
        node.required("commit").asText(),
        node.required("device").asText(),
        node.required("emulated").asBoolean(),
        node.required("computeCapability").asInt(),
        node.required("multiprocessors").asInt(),
        Optional.ofNullable(node.path("driver").asText(null)),
        node.path("compiler").asText(),
        node.path("host").asText());
  }
}
