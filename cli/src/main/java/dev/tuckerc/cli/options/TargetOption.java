package dev.tuckerc.cli.options;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.cost.Kinship;
import dev.tuckerc.device.DeviceInfo;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Values of `--target`: a shipped description (`h200`), an architecture (`sm_90`), a file
/// (`device.json`), or `host`.
public final class TargetOption {
  /// Used where nothing else is asked for.
  public static final String DEFAULT = "h200";

  private static final Pattern ARCHITECTURE = Pattern.compile("sm_(\\d{2,3})");

  private TargetOption() {}

  /// The device to generate code for.
  ///
  /// @param host the GPU of this machine, asked only for `host`
  /// @throws CliException when the value means nothing, or there is no GPU for `host`
  public static DeviceDescription parse(
      String value, java.util.function.Supplier<Optional<DeviceInfo>> host) {
    String name = value.toLowerCase(Locale.ROOT);
    if (DeviceDescription.SHIPPED.contains(name)) {
      return DeviceDescription.shipped(name);
    }
    Matcher architecture = ARCHITECTURE.matcher(name);
    if (architecture.matches()) {
      return nearest(value, "", Integer.parseInt(architecture.group(1)));
    }
    if (name.equals("host")) {
      DeviceInfo gpu =
          host.get()
              .orElseThrow(() ->
                  new CliException(
                      Code.CLI010,
                      "--target host: this machine has no usable GPU (see 'tuckerc doctor');"
                          + " name a target such as h200 or sm_80"));
      return nearest(value, gpu.name(), gpu.computeCapability());
    }
    Path file = Path.of(value);
    if (!Files.exists(file)) {
      throw new CliException(
          Code.CLI001,
          "--target: '%s' is neither one of %s, nor an architecture such as sm_90, nor 'host', nor a file"
              .formatted(value, DeviceDescription.SHIPPED));
    }
    try {
      return DeviceDescription.read(file);
    } catch (IllegalArgumentException | java.io.UncheckedIOException e) {
      throw new CliException(Code.CLI001, "--target " + file + ": " + e.getMessage(), e);
    }
  }

  /// The shipped description of this product or capability, or the nearest that asks for no more:
  /// the newest whose shared memory and instructions the architecture has.
  private static DeviceDescription nearest(String value, String product, int capability) {
    return Kinship.of(product, capability)
        .map(kin -> DeviceDescription.shipped(kin.shipped()).withComputeCapability(capability))
        .orElseThrow(() ->
            new CliException(
                Code.CLI001,
                "--target: '" + value + "' is not supported; name sm_75 or a later one"));
  }
}
