package dev.tuckerc.cli.conformance;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.options.CompileOptions;
import dev.tuckerc.cli.options.DeviceOption;
import dev.tuckerc.cli.options.ToleranceOption;
import dev.tuckerc.cli.tensors.Comparison.Tolerance;
import dev.tuckerc.transform.Precision;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// How a case is run and judged; the same for the command and its workers.
public final class CaseOptions {
  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "auto",
      description =
          "auto (a GPU if there is one, else the emulator), cuda:0, emulator, or reference.")
  private String device = "auto";

  @Mixin private ToleranceOption tolerance = new ToleranceOption();

  @Mixin private CompileOptions compile = new CompileOptions();

  /// The device asked for.
  public String device() {
    return device;
  }

  /// How to compile.
  public CompileOptions compile() {
    return compile;
  }

  /// When an output agrees.
  public Tolerance tolerance() {
    Tolerance base = compile.precision() == Precision.FP16 ? Tolerance.FP16 : Tolerance.FP32;
    return tolerance.with(base);
  }

  /// Parses every value now, so that a mistake is reported once and not by every case.
  ///
  /// @throws CliException for the first mistake
  public void check() {
    DeviceOption.check(device, List.of("reference"));
    tolerance();
    if (compile.hasShapes()) {
      throw new CliException(
          Code.CLI001, "--shape has no effect on conformance: the test data gives the shapes");
    }
    compile.precision();
    compile.target();
    boolean decomposes = compile.ranks().decomposes();
    if (device.equals("reference") && compile.precision() == Precision.FP16) {
      throw new CliException(
          Code.CLI001, "--precision fp16 has no effect with --device reference, which is float64");
    }
    if (device.equals("reference") && decomposes) {
      throw new CliException(
          Code.CLI001,
          "--ranks compares with the reference interpreter, so --device reference compares nothing");
    }
  }

  /// The same options as text, for a worker process.
  List<String> arguments() {
    List<String> arguments = new ArrayList<>(List.of("--device", device));
    arguments.addAll(tolerance.arguments());
    arguments.addAll(compile.arguments());
    return arguments;
  }
}
