package dev.tuckerc.lab.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.device.Device;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.execute.DeviceSelector;
import dev.tuckerc.lab.Budget;
import dev.tuckerc.lab.LabOptions;
import dev.tuckerc.lab.SubjectOptions;
import dev.tuckerc.lab.grid.KernelCase;
import dev.tuckerc.lab.models.ModelCase;
import dev.tuckerc.lab.results.Environment;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `lab bench`: measures kernels and models.
@Command(
    name = "bench",
    description =
        "Measures every kernel case and the networks of the zoo: by graph replay on rotating and on"
            + " resident memory, and launch by launch; device and host time apart. Beside each"
            + " figure stand the performance model's prediction and the physical floor. On the"
            + " emulator it shows only that measuring works: its times say nothing of a GPU.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lab bench --device cuda --budget 400",
      "  lab bench --kernels 'tdc.core/*' --models none --top 8",
      "  lab bench --kernels none --models resnet18,vgg16_bn",
      "  lab bench --device emulator --quick"
    })
public final class BenchCommand implements Callable<Integer> {
  /// Share of the time that kernel cases may take when models follow.
  private static final double SHARE_OF_KERNELS = 0.5;

  private final Output output;

  @Mixin private LabOptions options = new LabOptions();

  @Mixin private SubjectOptions subjects = new SubjectOptions();

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Measure the N best-predicted parameter settings of each kernel case, and report what the"
              + " performance model's choice costs against the best of them (default:"
              + " ${DEFAULT-VALUE}).")
  private int top;

  /// @param output where results and notes go
  public BenchCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() {
    Budget budget = options.budget();
    if (top < 1) {
      throw new CliException(Code.CLI001, "--top: must be at least 1, not " + top);
    }
    List<KernelCase> cases = subjects.kernelCases();
    List<ModelCase> models = subjects.modelCases();
    DeviceSelector.Selection selection = options.openDevice();
    try (Device device = selection.device()) {
      DeviceDescription target = subjects.target(device.info());
      Effort effort = Effort.of(device.info(), target, subjects.quick());
      KernelCompiler compiler = options.cachedCompiler();
      output.note("measuring on " + selection.reason() + ", kernels for " + target.architecture());
      List<KernelResult> kernelResults = new ArrayList<>();
      List<ModelResult> modelResults = new ArrayList<>();
      try (Progress progress = output.progress("bench", (long) cases.size() + models.size())) {
        Budget ofKernels = models.isEmpty() ? budget.share(1) : budget.share(SHARE_OF_KERNELS);
        KernelBench kernels = new KernelBench(device, effort, compiler, target, top);
        for (KernelCase one : cases) {
          if (ofKernels.allows(one.name())) {
            kernelResults.add(kernels.measure(one, ofKernels));
          }
          progress.step(one.name());
        }
        ofKernels.leftOut().forEach(budget::leaveOut);
        ModelBench bench = new ModelBench(device, effort, compiler, target);
        for (ModelCase model : models) {
          if (budget.allows(model.name())) {
            modelResults.add(bench.measure(model));
          }
          progress.step(model.name());
        }
      }
      boolean emulated = device.info().kind() == DeviceInfo.Kind.EMULATOR;
      BenchReport report = new BenchReport(emulated, kernelResults, modelResults);
      Environment environment = options.environment(selection);
      ObjectNode data = Output.object();
      data.put("architecture", target.architecture());
      data.put("target", target.name());
      data.put("l2Bytes", target.l2Bytes());
      BenchJson.add(data, report);
      options.publish(output, "bench", environment, data, out -> new BenchTable(report).print(out));
      return ExitCode.OK;
    }
  }
}
