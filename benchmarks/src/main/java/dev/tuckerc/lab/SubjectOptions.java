package dev.tuckerc.lab;

import dev.tuckerc.cli.console.CliException;
import dev.tuckerc.cli.console.CliException.Code;
import dev.tuckerc.cli.options.TargetOption;
import dev.tuckerc.cost.DeviceDescription;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.lab.grid.KernelCase;
import dev.tuckerc.lab.grid.KernelGrid;
import dev.tuckerc.lab.models.ModelCase;
import dev.tuckerc.transform.Precision;
import dev.tuckerc.zoo.Zoo;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Options that say which kernels and models a command of the laboratory works on, and for which
/// architecture.
public final class SubjectOptions {
  @Option(
      names = "--kernels",
      paramLabel = "GLOB",
      description =
          "Kernel cases by name: * stands for any characters, ? for one; none leaves them out"
              + " (default: all).")
  private @Nullable String kernels;

  @Option(
      names = "--models",
      paramLabel = "LIST",
      description =
          "Networks of the zoo, separated by commas; or all, or none (default: all). Each in fp32"
              + " and fp16, dense and decomposed.")
  private @Nullable String models;

  @Option(
      names = "--quick",
      description = "A small subset: one or two cases of each template, and one small network.")
  private boolean quick;

  @Option(
      names = "--architecture",
      paramLabel = "TARGET",
      description =
          "Compile for this GPU: h200, sm_80, or a device file as 'lab calibrate' writes it"
              + " (default: the GPU in use; without one, h200).")
  private @Nullable String architecture;

  /// Whether only a small subset is wanted.
  public boolean quick() {
    return quick;
  }

  /// The kernel cases, the cheapest first.
  ///
  /// @throws CliException when the pattern matches none
  public List<KernelCase> kernelCases() {
    if ("none".equals(kernels)) {
      return List.of();
    }
    String glob = kernels == null ? "*" : kernels;
    List<KernelCase> cases = KernelGrid.matching(glob, quick);
    if (cases.isEmpty()) {
      throw new CliException(
          Code.CLI001,
          "--kernels: no case%s matches '%s'; names are such as %s"
              .formatted(
                  quick ? " of the quick subset" : "", glob, KernelGrid.all().getFirst().name()));
    }
    return cases;
  }

  /// The models, the cheapest first.
  ///
  /// @throws CliException for a network that the zoo does not know
  public List<ModelCase> modelCases() {
    List<Zoo> networks =
        models == null && quick
            ? List.of(Zoo.RESNET20)
            : ModelCase.networks(models == null ? "all" : models);
    List<ModelCase> cases = ModelCase.of(networks);
    if (!quick) {
      return cases;
    }
    return cases.stream().filter(c -> c.precision() == Precision.FP16 && !c.isDense()).toList();
  }

  /// What kernels are chosen and compiled for.
  ///
  /// @param device the device in use
  /// @throws CliException when `--architecture` means nothing
  public DeviceDescription target(DeviceInfo device) {
    boolean gpu = device.kind() == DeviceInfo.Kind.CUDA;
    String wanted = architecture;
    if (wanted == null) {
      wanted = gpu ? "host" : TargetOption.DEFAULT;
    }
    return TargetOption.parse(wanted, () -> gpu ? Optional.of(device) : Optional.empty());
  }
}
