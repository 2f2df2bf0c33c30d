package dev.tuckerc.cli.options;

import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.pipeline.DeviceExecutor;
import dev.tuckerc.emulator.EmulatedDevice;
import dev.tuckerc.emulator.EmulatorOptions;
import dev.tuckerc.emulator.check.Check;
import dev.tuckerc.execute.DeviceSelector;
import dev.tuckerc.execute.SessionOptions;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What the emulated device looks for while it runs kernels, and how.
public final class EmulatorOption {
  @Option(
      names = "--check",
      paramLabel = "CHECK,...",
      description =
          "Emulator: look for defects: initialization, races, barriers, async-copies, order,"
              + " early-start, all, or none. Slow.")
  private @Nullable String checks;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Emulator: seed of the random orders that --check order uses (default: 0).")
  private @Nullable Long seed;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Emulator: worker threads (default: one for each core); results do not change.")
  private @Nullable Integer threads;

  @Option(
      names = "--instruction-budget",
      paramLabel = "N",
      description =
          "Emulator: most instructions of one warp, against endless loops (default:"
              + " 4000000000).")
  private @Nullable Long budget;

  /// Those of the options that were given, as written.
  public String given() {
    return Stream.of(
            checks == null ? "" : "--check",
            seed == null ? "" : "--seed",
            threads == null ? "" : "--threads",
            budget == null ? "" : "--instruction-budget")
        .filter(name -> !name.isEmpty())
        .collect(Collectors.joining(", "));
  }

  /// Refuses the options where something else than the emulator runs.
  ///
  /// @param device what runs instead, such as `cuda:0`
  public void refuse(String device) {
    if (!given().isEmpty()) {
      throw new CliException(
          Code.CLI001, given() + " has no effect on " + device + ": use --device emulator");
    }
  }

  /// The options of the device.
  ///
  /// @param counting whether memory access patterns and instruction classes are counted
  public EmulatorOptions options(boolean counting) {
    try {
      Set<Check> some = checks == null ? Set.of() : Check.parse(checks);
      EmulatorOptions options = EmulatorOptions.DEFAULT.withChecks(some).withCounting(counting);
      options = seed == null ? options : options.withSeed(seed);
      options = threads == null ? options : options.withThreads(threads);
      return budget == null ? options : options.withInstructionBudget(budget);
    } catch (IllegalArgumentException wrong) {
      throw new CliException(Code.CLI001, given() + ": " + wrong.getMessage(), wrong);
    }
  }

  /// Makes a bundle ready on a device; on the emulator with these options. With a check on, every
  /// value gets memory of its own, so that an access outside it is found even within the arena.
  ///
  /// @param wanted `auto`, `cuda:0`, `emulator`
  /// @throws CliException where options are given and another device is chosen
  public DeviceExecutor executor(Bundle bundle, String wanted, SessionOptions session) {
    if (given().isEmpty()) {
      return DeviceExecutor.open(bundle, wanted, session);
    }
    DeviceSelector.Selection selection = DeviceSelector.standard().select(wanted);
    selection.device().close();
    if (!(selection.device() instanceof EmulatedDevice)) {
      refuse(selection.name());
    }
    EmulatorOptions options = options(false);
    return DeviceExecutor.open(
        bundle,
        new EmulatedDevice(options),
        selection.reason(),
        options.checks().isEmpty() ? session : session.isolating());
  }

  /// A new device with them.
  public EmulatedDevice open(boolean counting) {
    return new EmulatedDevice(options(counting));
  }
}
