package dev.tuckerc.lab.verify;

import dev.tuckerc.cli.console.Output;
import dev.tuckerc.lab.Cases;
import dev.tuckerc.lab.LabOptions;
import dev.tuckerc.lab.models.ModelCase;
import dev.tuckerc.lab.results.Outcome;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `lab verify`: compares what a device computes with the reference.
@Command(
    name = "verify",
    description =
        "Runs kernel cases and networks of the zoo on a device, and compares the results with the"
            + " reference interpreter (sums in float64).",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lab verify --device cuda --seconds 60 'gemm.mma/*' 'resnet18/fp16/*'",
      "  lab verify --device cuda --emulate differing",
      "  lab verify --device emulator --quick"
    })
public final class VerifyCommand implements Callable<Integer> {
  /// When the emulator runs what a GPU ran: it costs seconds where a GPU costs microseconds.
  enum EmulatorUse {
    NEVER,
    /// Kernels whose result on the GPU is off: the emulator runs the same PTX, and tells a fault of
    /// the kernel from one of the GPU, ptxas or the driver.
    DIFFERING
  }

  private final Output output;

  @Mixin private LabOptions options = new LabOptions();
  @Mixin private Cases cases = new Cases();

  @Option(
      names = "--emulate",
      paramLabel = "WHEN",
      defaultValue = "never",
      description =
          "When the emulator runs beside a GPU: never, or differing (kernels whose result on the"
              + " GPU is off, within --case-seconds each; default: ${DEFAULT-VALUE}).")
  private EmulatorUse emulate = EmulatorUse.NEVER;

  @Option(
      names = "--expected",
      paramLabel = "DIR",
      description = "Folder with expected outputs of models, as 'lab prepare' writes it.")
  private @Nullable Path expected;

  /// @param output where results and notes go
  public VerifyCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() {
    List<String> suspects = new ArrayList<>();
    int exit =
        options.run(
            output,
            "verify",
            cases.names(),
            () -> Verifier.open(options, expected),
            line -> {
              String outcome = line.path("outcome").asText();
              String name = line.path("name").asText();
              if (outcome.equals(Outcome.DIFFERS.word()) && ModelCase.find(name).isEmpty()) {
                suspects.add(name);
              }
            });
    if (emulate == EmulatorUse.DIFFERING && !suspects.isEmpty() && !options.emulated()) {
      output.note("asking the emulator for " + suspects.size() + " kernels");
      options.onEmulator(output, "verify-emulator", suspects);
    }
    return exit;
  }
}
