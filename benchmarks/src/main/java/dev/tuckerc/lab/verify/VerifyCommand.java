package dev.tuckerc.lab.verify;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.ExitCode;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.cli.console.Progress;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.emulator.EmulatedDevice;
import dev.tuckerc.emulator.EmulatorOptions;
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
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `lab verify`: compares results of the GPU and the emulator with the reference.
@Command(
    name = "verify",
    description =
        "Runs every kernel case and the networks of the zoo on the GPU, and compares the results"
            + " with the reference interpreter (float64) and with the emulator running the same"
            + " PTX. Without a GPU, the emulator is compared with the reference.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lab verify --device cuda --budget 300",
      "  lab verify --device emulator --quick",
      "  lab verify --kernels 'gemm.mma/*' --models none --candidates 16",
      "  lab verify --kernels none --models resnet18,vgg16_bn --emulate never"
    })
public final class VerifyCommand implements Callable<Integer> {
  /// Share of the time that kernel cases may take when models follow.
  private static final double SHARE_OF_KERNELS = 0.6;

  private final Output output;

  @Mixin private LabOptions options = new LabOptions();

  @Mixin private SubjectOptions subjects = new SubjectOptions();

  @Option(
      names = "--candidates",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Verify N parameter settings of each case's kernel, spread from the best to the worst"
              + " predicted (default: ${DEFAULT-VALUE}, the one that would be used).")
  private int candidates;

  @Option(
      names = "--emulate",
      paramLabel = "WHEN",
      defaultValue = "auto",
      description =
          "When the emulator runs beside a GPU: auto (cheap cases, and those where the GPU"
              + " differs), always, never (default: ${DEFAULT-VALUE}).")
  private EmulatorUse emulatorUse = EmulatorUse.AUTO;

  /// @param output where results and notes go
  public VerifyCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() {
    Budget budget = options.budget();
    if (candidates < 1) {
      throw new CliException(Code.CLI001, "--candidates: must be at least 1, not " + candidates);
    }
    List<KernelCase> cases = subjects.kernelCases();
    List<ModelCase> models = subjects.modelCases();
    DeviceSelector.Selection selection = options.openDevice();
    try (ReopenableDevice device =
            new ReopenableDevice(selection.device(), () -> options.openDevice().device());
        EmulatedDevice counting = new EmulatedDevice(EmulatorOptions.DEFAULT.withCounting(true));
        EmulatedDevice plain = new EmulatedDevice()) {
      DeviceInfo info = device.get().info();
      Optional<ReopenableDevice> gpu =
          info.kind() == DeviceInfo.Kind.CUDA ? Optional.of(device) : Optional.empty();
      DeviceDescription target = subjects.target(info);
      KernelCompiler compiler = options.cachedCompiler();
      output.note("verifying on " + selection.reason() + ", kernels for " + target.architecture());
      List<CaseResult> results = new ArrayList<>();
      try (Progress progress = output.progress("verify", (long) cases.size() + models.size())) {
        Budget ofKernels = models.isEmpty() ? budget.share(1) : budget.share(SHARE_OF_KERNELS);
        results.addAll(
            new CaseVerifier(new Sides(gpu, counting, emulatorUse), compiler, target, candidates)
                .verify(cases, ofKernels, progress));
        ofKernels.leftOut().forEach(budget::leaveOut);
        results.addAll(
            new ModelVerifier(new Sides(gpu, plain, emulatorUse), compiler, target)
                .verify(models, budget, progress));
      }
      Environment environment = options.environment(selection);
      ObjectNode data = Output.object();
      data.put("architecture", target.architecture());
      data.put("target", target.name());
      data.put("comparison", gpu.isPresent() ? "three-way" : "two-way, no GPU");
      VerifyJson.add(data.putArray("results"), results);
      options.publish(
          output, "verify", environment, data, out -> new VerifyTable(results).print(out));
      boolean mismatch = results.stream().anyMatch(r -> r.comparison().verdict().isMismatch());
      return mismatch ? ExitCode.MISMATCH : ExitCode.OK;
    }
  }
}
