package dev.tuckerc.lab.doctor;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.cli.console.Failure;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cuda.NvrtcCompiler;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceException;
import dev.tuckerc.execute.DeviceSelector;
import dev.tuckerc.lab.LabOptions;
import dev.tuckerc.lab.results.Environment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `lab doctor`: what this machine has.
@Command(
    name = "doctor",
    description =
        "Says what this machine has: system, driver, GPUs and whether they are idle, kernel"
            + " compilers, Python with PyTorch, NVIDIA's tools, disk space.",
    footerHeading = "%nExamples:%n",
    footer = {"  lab doctor", "  lab doctor --device cuda --json"})
public final class DoctorCommand implements Callable<Integer> {
  private final Output output;

  @Mixin private LabOptions options = new LabOptions();

  /// @param output where results and notes go
  public DoctorCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() {
    options.budget();
    List<Check> checks = new ArrayList<>();
    checks.addAll(SystemChecks.all(options.out()));
    checks.addAll(DeviceChecks.all());
    checks.addAll(ToolChecks.all());
    Check selected;
    DeviceSelector.Selection selection;
    try {
      selection = options.openDevice();
      String reason = selection.reason();
      selected = Check.needed("selected", () -> reason);
    } catch (DeviceException e) {
      // The report is wanted most where something is missing.
      selected = new Check("selected", false, true, Failure.of(e).message());
      selection = DeviceSelector.standard().select("emulator");
    }
    checks.add(selected);
    try (Device device = selection.device()) {
      return report(checks, Environment.collect(selection, compilerVersion()));
    }
  }

  private static String compilerVersion() {
    try {
      return NvrtcCompiler.create().version();
    } catch (DeviceException e) {
      return "none: " + e.getMessage();
    }
  }

  private int report(List<Check> checks, Environment environment) {
    boolean usable = checks.stream().allMatch(check -> check.good() || !check.needed());
    ObjectNode data = Output.object();
    data.put("usable", usable);
    ArrayNode list = data.putArray("checks");
    for (Check check : checks) {
      ObjectNode node = list.addObject();
      node.put("name", check.name());
      node.put("good", check.good());
      node.put("needed", check.needed());
      node.put("text", check.text());
    }
    options.publish(
        output,
        "doctor",
        environment,
        data,
        out -> {
          for (Check check : checks) {
            out.printf("%-4s %-18s %s%n", check.mark(), check.name(), check.text());
          }
        });
    return usable ? ExitCode.OK : ExitCode.DEVICE;
  }
}
