package dev.tuckerc.lab.results;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The machine around a device.
///
/// @param os distribution and its version
/// @param kernel of the operating system
/// @param cpu product name
/// @param processors logical processors
/// @param memoryBytes main memory; 0 if not known
/// @param java version and vendor
public record Host(
    String os, String kernel, String cpu, int processors, long memoryBytes, String java) {
  private static final Pattern MEMORY = Pattern.compile("(?m)^MemTotal:\\s+(\\d+) kB");
  private static final Pattern CPU = Pattern.compile("(?m)^model name\\s*:\\s*(.+)$");
  private static final Pattern OS = Pattern.compile("(?m)^PRETTY_NAME=\"?([^\"\\n]+)\"?$");
  private static final long KIBIBYTE = 1024;

  /// This machine.
  public static Host collect() {
    return new Host(
        find("/etc/os-release", OS).orElseGet(() -> System.getProperty("os.name")),
        System.getProperty("os.version"),
        find("/proc/cpuinfo", CPU).orElseGet(() -> System.getProperty("os.arch")),
        Runtime.getRuntime().availableProcessors(),
        find("/proc/meminfo", MEMORY).map(Long::parseLong).orElse(0L) * KIBIBYTE,
        Runtime.version() + " " + System.getProperty("java.vendor"));
  }

  /// The first group of the first match in a file of the system, if there is one.
  public static Optional<String> find(String file, Pattern pattern) {
    try {
      Matcher matcher = pattern.matcher(Files.readString(Path.of(file)));
      return matcher.find() ? Optional.of(matcher.group(1).strip()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  ObjectNode toJson() {
    ObjectNode node = Output.object();
    node.put("os", os);
    node.put("kernel", kernel);
    node.put("cpu", cpu);
    node.put("processors", processors);
    node.put("memoryBytes", memoryBytes);
    node.put("java", java);
    return node;
  }

  static Host fromJson(JsonFields fields) {
    return new Host(
        fields.text("os"),
        fields.text("kernel"),
        fields.text("cpu"),
        Math.toIntExact(fields.integer("processors")),
        fields.integer("memoryBytes"),
        fields.text("java"));
  }
}
