package dev.tuckerc.lab.calibrate;

import com.fasterxml.jackson.databind.JsonNode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.tensors.FilesIo;
import dev.tuckerc.cost.Figure;
import dev.tuckerc.lab.LabOptions;
import dev.tuckerc.lab.calibrate.micro.Microbenchmarks;
import dev.tuckerc.lab.results.Environment;
import dev.tuckerc.lab.results.ResultLog;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `lab calibrate`: measures a GPU and writes a device file for `--target`.
@Command(
    name = "calibrate",
    description = {
      "Measures the GPU with small kernels (launches, barriers, loads, bandwidths, multiply-adds)"
          + " and writes a device file, OUT/device.json, that tuckerc reads with --target. Every"
          + " figure says how it was measured; those that were not are kept from the nearest"
          + " shipped description, and say so.",
      "On the emulator the kernels are checked by what they compute and nothing is timed."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  lab calibrate --device cuda --seconds 40 --out results",
      "  lab verify --target results/device.json"
    })
public final class CalibrateCommand implements Callable<Integer> {
  private final Output output;

  @Mixin private LabOptions options = new LabOptions();

  /// @param output where results and notes go
  public CalibrateCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() {
    List<String> cases = new ArrayList<>(List.of(Calibrator.LIMITS));
    Microbenchmarks.all().forEach(benchmark -> cases.add(benchmark.name()));
    List<JsonNode> lines = new ArrayList<>();
    int exit = options.run(output, "calibrate", cases, () -> Calibrator.open(options), lines::add);
    if (!lines.isEmpty() && !options.emulated()) {
      writeDeviceFile(lines);
    }
    return exit;
  }

  private void writeDeviceFile(List<JsonNode> lines) {
    JsonNode begun =
        ResultLog.read(options.out().resolve("calibrate.jsonl")).stream()
            .filter(line -> line.has("environment"))
            .reduce((a, b) -> b)
            .orElse(null);
    if (begun == null) {
      return;
    }
    MeasuredDevice device =
        MeasuredDevice.of(Environment.fromJson(begun.path("environment")), lines);
    device.refused().forEach(output::note);
    List<Figure> missing = device.file().missing();
    if (!missing.isEmpty()) {
      output.note(
          "no device file: neither measured nor known of a relative are "
              + String.join(", ", missing.stream().map(Figure::key).toList()));
      return;
    }
    Path file = options.out().resolve("device.json");
    FilesIo.writeAtomically(file, device.file().text().getBytes(StandardCharsets.UTF_8));
    output.out().println("device file: " + file);
  }
}
