package dev.tuckerc.lab.bench;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.console.Output;
import dev.tuckerc.lab.Cases;
import dev.tuckerc.lab.LabOptions;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `lab bench`: measures kernels and models.
@Command(
    name = "bench",
    description =
        "Measures kernel cases and networks of the zoo by graph replay, cold and warm, beside the"
            + " performance model's prediction and the physical floor. On the emulator it shows"
            + " only that measuring works: its times say nothing of a GPU.",
    footerHeading = "%nExamples:%n",
    footer = {
      "  lab bench --device cuda --seconds 90 'resnet18/fp16/*' 'vgg16_bn/fp16/*'",
      "  lab bench --top 8 'tdc.core/f16/*'",
      "  lab bench --device emulator --quick"
    })
public final class BenchCommand implements Callable<Integer> {
  private final Output output;

  @Mixin private LabOptions options = new LabOptions();
  @Mixin private Cases cases = new Cases();

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "Measure the N best-predicted parameter settings of each kernel case: what the model's"
              + " choice costs against the best of them (default: ${DEFAULT-VALUE}).")
  private int top;

  @Option(
      names = "--write-outputs",
      paramLabel = "DIR",
      description = "Write inputs and outputs of models there, for the peers to compare with.")
  private @Nullable Path outputs;

  /// @param output where results and notes go
  public BenchCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() {
    if (top < 1) {
      throw new CliException(Code.CLI001, "--top: must be at least 1, not " + top);
    }
    return options.run(
        output,
        "bench",
        cases.names(),
        () -> Bench.open(options, top, cases.quick(), outputs),
        line -> {});
  }
}
