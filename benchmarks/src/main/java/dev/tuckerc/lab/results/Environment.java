package dev.tuckerc.lab.results;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.Tuckerc;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cuda.CudaDriver;
import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.execute.DeviceSelector;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The machine that a result was taken on. Nothing is changed to find it out.
///
/// @param date when, in UTC, to the second
/// @param version of tuckerc
/// @param commit of tuckerc's sources, with `-dirty` where they were changed; `unknown` if not told
/// @param device the device measured
/// @param nvrtc the kernel compiler
/// @param host the machine around the device
/// @param clocks the lines that `nvidia-smi -q -d CLOCK,PERFORMANCE` printed, as found; empty where
///   it is missing
public record Environment(
    Instant date,
    String version,
    String commit,
    DeviceRecord device,
    Nvrtc nvrtc,
    Host host,
    List<String> clocks) {
  private static final String COMMIT_PROPERTY = "tuckerc.commit";

  public Environment {
    clocks = List.copyOf(clocks);
  }

  /// A device.
  ///
  /// @param selection such as `cuda:0`
  /// @param emulated whether it is the emulator, so that no time of it is a GPU's
  /// @param name product name
  /// @param computeCapability major * 10 + minor
  /// @param multiprocessors of a GPU; worker threads of the emulator
  /// @param memoryBytes device memory
  /// @param driver the NVIDIA driver's own version, such as `570.86.15`, if known
  /// @param driverCuda the newest CUDA version that the driver supports, if there is a driver
  public record DeviceRecord(
      String selection,
      boolean emulated,
      String name,
      int computeCapability,
      int multiprocessors,
      long memoryBytes,
      Optional<String> driver,
      Optional<String> driverCuda) {}

  /// The kernel compiler.
  ///
  /// @param version as the compiler says
  /// @param origin `shipped`, or the path of the machine's own library
  public record Nvrtc(String version, String origin) {}

  /// What is on this machine now.
  ///
  /// @param nvrtcVersion of the compiler used, or why there is none
  public static Environment collect(DeviceSelector.Selection selection, String nvrtcVersion) {
    DeviceInfo info = selection.device().info();
    boolean emulated = info.kind() == DeviceInfo.Kind.EMULATOR;
    DeviceRecord device =
        new DeviceRecord(
            selection.name(),
            emulated,
            info.name(),
            info.computeCapability(),
            info.multiprocessors(),
            info.memoryBytes(),
            NvidiaSmi.driverVersion(),
            CudaDriver.cudaVersion());
    String origin = NvrtcCompiler.namedLibrary().map(Path::toString).orElse("shipped");
    return new Environment(
        Instant.now().truncatedTo(ChronoUnit.SECONDS),
        Tuckerc.VERSION,
        System.getProperty(COMMIT_PROPERTY, "unknown"),
        device,
        new Nvrtc(nvrtcVersion, origin),
        Host.collect(),
        emulated ? List.of() : NvidiaSmi.clocks());
  }

  /// The day, in UTC.
  public LocalDate day() {
    return date.atZone(ZoneOffset.UTC).toLocalDate();
  }

  /// One line for a table's head.
  public String summary() {
    return "%s (%s), driver %s, %s, commit %s, %s"
        .formatted(
            device.name(),
            device.selection(),
            device.driver().or(device::driverCuda).orElse("none"),
            nvrtc.version(),
            commit,
            date);
  }

  /// The field `environment` of a result.
  public ObjectNode toJson() {
    ObjectNode root = Output.object();
    root.put("date", date.toString());
    root.put("version", version);
    root.put("commit", commit);
    ObjectNode deviceNode = root.putObject("device");
    deviceNode.put("selection", device.selection());
    deviceNode.put("emulated", device.emulated());
    deviceNode.put("name", device.name());
    deviceNode.put("computeCapability", device.computeCapability());
    deviceNode.put("multiprocessors", device.multiprocessors());
    deviceNode.put("memoryBytes", device.memoryBytes());
    deviceNode.put("driver", device.driver().orElse(null));
    deviceNode.put("driverCuda", device.driverCuda().orElse(null));
    ObjectNode nvrtcNode = root.putObject("nvrtc");
    nvrtcNode.put("version", nvrtc.version());
    nvrtcNode.put("origin", nvrtc.origin());
    root.set("host", host.toJson());
    ArrayNode lines = root.putArray("clocks");
    clocks.forEach(lines::add);
    return root;
  }

  /// Reads the field `environment` of a result.
  ///
  /// @throws dev.tuckerc.cli.console.CliException when a field is missing or of another type
  public static Environment fromJson(JsonFields fields) {
    JsonFields device = fields.object("device");
    JsonFields nvrtc = fields.object("nvrtc");
    return new Environment(
        date(fields),
        fields.text("version"),
        fields.text("commit"),
        new DeviceRecord(
            device.text("selection"),
            device.flag("emulated"),
            device.text("name"),
            Math.toIntExact(device.integer("computeCapability")),
            Math.toIntExact(device.integer("multiprocessors")),
            device.integer("memoryBytes"),
            device.optionalText("driver"),
            device.optionalText("driverCuda")),
        new Nvrtc(nvrtc.text("version"), nvrtc.text("origin")),
        Host.fromJson(fields.object("host")),
        clocks(fields));
  }

  private static Instant date(JsonFields fields) {
    String text = fields.text("date");
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw fields.error("date", "is '" + text + "', not a time such as 2026-01-31T12:00:00Z");
    }
  }

  private static List<String> clocks(JsonFields fields) {
    List<String> lines = new ArrayList<>();
    for (JsonNode line : fields.array("clocks")) {
      if (!line.isTextual()) {
        throw fields.error("clocks", "holds something other than text");
      }
      lines.add(line.textValue());
    }
    return lines;
  }
}
