package dev.tuckerc.lab.calibrate;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.cuda.CudaDevice;
import dev.tuckerc.cuda.CudaLimits;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.execute.DeviceSelector;
import dev.tuckerc.lab.Budget;
import dev.tuckerc.lab.LabOptions;
import dev.tuckerc.lab.calibrate.Outcome.Status;
import dev.tuckerc.lab.calibrate.micro.Microbenchmark;
import dev.tuckerc.lab.calibrate.micro.Microbenchmarks;
import dev.tuckerc.lab.calibrate.micro.Target;
import dev.tuckerc.lab.calibrate.micro.Workbench;
import dev.tuckerc.lab.results.Environment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `lab calibrate`: measures a GPU and writes a device file for `--target`.
@Command(
    name = "calibrate",
    description = {
      "Measures the GPU with small kernels (launches, barriers, loads, bandwidths, multiply-adds,"
          + " atomics) and writes a device file that tuckerc reads with --target FILE. Every figure"
          + " says how it was measured; those that were not are kept from the nearest shipped"
          + " description, and say so. Takes at most 30 s unless --budget says otherwise.",
      "On the emulator the kernels are checked by what they compute and nothing is timed."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  lab calibrate --device cuda",
      "  lab calibrate --device cuda --budget 15 --out results",
      "  lab calibrate --device emulator",
      "  tuckerc compile model.onnx -o model.bundle --target tuckerc-results/devices/nvidia-h200.json"
    })
public final class CalibrateCommand implements Callable<Integer> {
  private static final double USUAL_SECONDS = 30;
  private static final int MOST_SURPRISING = 5;

  /// The emulator has no such cache; its kernels need a size to divide.
  private static final long EMULATED_CACHE_BYTES = 1 << 16;

  private final Output output;

  @Mixin private LabOptions options = new LabOptions();

  /// @param output where results and notes go
  public CalibrateCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() {
    Budget all = options.budget();
    DeviceSelector.Selection selection = options.openDevice();
    try (Device device = selection.device()) {
      output.note("calibrating " + selection.reason());
      boolean emulated = device.info().kind() == DeviceInfo.Kind.EMULATOR;
      Budget budget = !emulated && all.isUnlimited() ? Budget.ofSeconds(USUAL_SECONDS) : all;
      Optional<CudaLimits> limits =
          device instanceof CudaDevice gpu ? Optional.of(gpu.limits()) : Optional.empty();
      long l2Bytes = limits.map(l -> (long) l.l2Bytes()).orElse(EMULATED_CACHE_BYTES);
      Target target = Target.of(device.info().computeCapability());
      List<Microbenchmark> benchmarks = Microbenchmarks.all();
      List<Outcome> outcomes;
      try (Workbench bench = new Workbench(device, options.cachedCompiler(), target, l2Bytes);
          Progress progress = output.progress("calibrate", benchmarks.size())) {
        outcomes = new Calibration(bench, !emulated, budget).run(benchmarks, progress::step);
      }
      if (budget != all) {
        budget.leftOut().forEach(all::leaveOut);
      }
      Environment environment = options.environment(selection);
      Optional<MeasuredDevice> measured =
          emulated
              ? Optional.empty()
              : Optional.of(MeasuredDevice.of(device.info(), limits, outcomes, environment));
      report(target, environment, outcomes, measured);
      return exitCode(outcomes);
    }
  }

  private void report(
      Target target,
      Environment environment,
      List<Outcome> outcomes,
      Optional<MeasuredDevice> measured) {
    List<Comparison> comparisons = Comparison.of(outcomes, measured.flatMap(MeasuredDevice::base));
    List<Comparison> surprising = Comparison.surprising(comparisons, MOST_SURPRISING);
    ObjectNode data =
        CalibrationJson.of(
            target.architecture(), measured.isEmpty(), outcomes, comparisons, surprising);
    Optional<Path> deviceFile = measured.flatMap(this::writeDeviceFile);
    measured.ifPresent(m -> {
      ArrayNode kept = data.putArray("kept");
      m.kept().forEach(figure -> kept.add(figure.key()));
      ArrayNode missing = data.putArray("missing");
      m.file().missing().forEach(figure -> missing.add(figure.key()));
      ArrayNode refused = data.putArray("refused");
      m.refused().forEach(refused::add);
    });
    data.put("deviceFile", deviceFile.map(Path::toString).orElse(null));
    options.publish(
        output,
        "calibrate",
        environment,
        data,
        new CalibrationTable(environment, outcomes, comparisons, surprising, measured)::print);
    deviceFile.ifPresent(file -> output.note("device file in " + file + ", for --target"));
  }

  /// The newest calibration of a GPU replaces the one before: the file is an input, its
  /// measurements are in the results.
  private Optional<Path> writeDeviceFile(MeasuredDevice device) {
    if (!device.complete()) {
      output.note(
          "no device file: figures are missing that were neither measured nor known of a relative");
      return Optional.empty();
    }
    Path folder = options.out().resolve("devices");
    FilesIo.createFolder(folder);
    String name = device.file().name().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
    Path file = folder.resolve(name + ".json");
    FilesIo.writeAtomically(file, device.file().text().getBytes(StandardCharsets.UTF_8));
    return Optional.of(file);
  }

  private static int exitCode(List<Outcome> outcomes) {
    if (outcomes.stream().anyMatch(o -> o.status() == Status.WRONG)) {
      return ExitCode.MISMATCH;
    }
    return outcomes.stream().anyMatch(o -> o.status() == Status.FAILED)
        ? ExitCode.DEVICE
        : ExitCode.OK;
  }
}
