package dev.tuckerc.lab.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.execute.DeviceSelector;
import dev.tuckerc.lab.Budget;
import dev.tuckerc.lab.LabOptions;
import dev.tuckerc.lab.SubjectOptions;
import dev.tuckerc.lab.grid.KernelCase;
import dev.tuckerc.lab.models.ModelCase;
import dev.tuckerc.lab.results.Environment;
import dev.tuckerc.lab.run.ReopenableDevice;
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
    try (ReopenableDevice device =
        new ReopenableDevice(selection.device(), () -> options.openDevice().device())) {
      DeviceInfo info = device.get().info();
      DeviceDescription target = subjects.target(info);
      Effort effort = Effort.of(info, target, subjects.quick());
      KernelCompiler compiler = options.cachedCompiler();
      output.note("measuring on " + selection.reason() + ", kernels for " + target.architecture());
      List<KernelResult> kernelResults = new ArrayList<>();
      List<ModelResult> modelResults = new ArrayList<>();
      Attempts attempts = new Attempts(device);
      try (Progress progress = output.progress("bench", (long) cases.size() + models.size())) {
        Budget ofKernels = models.isEmpty() ? budget.share(1) : budget.share(SHARE_OF_KERNELS);
        for (KernelCase one : cases) {
          attempts
              .run(
                  one.name(),
                  ofKernels,
                  open ->
                      new KernelBench(open, effort, compiler, target, top).measure(one, ofKernels))
              .ifPresent(kernelResults::add);
          progress.step(one.name());
        }
        ofKernels.leftOut().forEach(budget::leaveOut);
        for (ModelCase model : models) {
          attempts
              .run(
                  model.name(),
                  budget,
                  open -> new ModelBench(open, effort, compiler, target).measure(model))
              .ifPresent(modelResults::add);
          progress.step(model.name());
        }
      }
      boolean emulated = info.kind() == DeviceInfo.Kind.EMULATOR;
      BenchReport report =
          new BenchReport(emulated, kernelResults, modelResults, attempts.failures());
      Environment environment = options.environment(selection);
      ObjectNode data = Output.object();
      data.put("architecture", target.architecture());
      data.put("target", target.name());
      data.put("l2Bytes", target.l2Bytes());
      BenchJson.add(data, report);
      options.publish(output, "bench", environment, data, out -> new BenchTable(report).print(out));
      return attempts.failures().isEmpty() ? ExitCode.OK : ExitCode.DEVICE;
    }
  }
}
