package dev.tuckerc.execute;

import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.KernelRecord;
import dev.tuckerc.device.CompiledKernel;
import dev.tuckerc.device.DeviceInfo;
import dev.tuckerc.device.KernelCompiler;
import dev.tuckerc.device.KernelSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Decides which kernels must be compiled again before a device can run them, and does it.
final class KernelPreparation {
  private static final Logger LOG = LoggerFactory.getLogger(KernelPreparation.class);

  private KernelPreparation() {}

  /// A bundle whose PTX is up to date and fit for the device.
  ///
  /// @throws SessionException when that needs a compiler and there is none
  static Bundle prepare(Bundle bundle, DeviceInfo device, Optional<KernelCompiler> compiler) {
    String target = bundle.manifest().target();
    String wanted = wantedArchitecture(target, device);
    boolean otherArchitecture = !wanted.equals(target);
    if (compiler.isEmpty()) {
      requireRunnable(bundle, device);
      return bundle;
    }
    if (!otherArchitecture && bundle.editedKernels().isEmpty()) {
      return bundle;
    }
    List<KernelSource> sources = new ArrayList<>();
    for (KernelRecord kernel : bundle.kernels()) {
      if (otherArchitecture || bundle.editedKernels().contains(kernel.name())) {
        sources.add(new KernelSource(kernel.name() + ".cu", kernel.source(), wanted, List.of()));
      }
    }
    LOG.info("compiling {} kernels again for {}", sources.size(), wanted);
    List<CompiledKernel> compiled = compiler.get().compileAll(sources);
    List<KernelRecord> kernels = new ArrayList<>();
    int next = 0;
    for (KernelRecord kernel : bundle.kernels()) {
      boolean again =
          next < sources.size() && sources.get(next).name().equals(kernel.name() + ".cu");
      kernels.add(again ? recompiled(kernel, compiled.get(next++), wanted) : kernel);
    }
    return bundle.withKernels(wanted, kernels);
  }

  private static KernelRecord recompiled(
      KernelRecord old, CompiledKernel compiled, String architecture) {
    CompiledKernel.Resources resources = compiled.resources().get(old.entryPoint());
    if (resources == null) {
      throw new SessionException(
          "kernel "
              + old.name()
              + ": the edited source has no entry point "
              + old.entryPoint()
              + "; keep the name of its __global__ function, and extern \"C\"");
    }
    return new KernelRecord(
        old.name(),
        old.entryPoint(),
        old.source(),
        compiled.code(architecture),
        resources,
        old.decision());
  }

  /// The emulator runs PTX of any architecture; a GPU is best served by its own.
  private static String wantedArchitecture(String target, DeviceInfo device) {
    return switch (device.kind()) {
      case EMULATOR -> target;
      case CUDA ->
          capability(target) == device.computeCapability()
              ? target
              : "sm_" + device.computeCapability();
    };
  }

  private static void requireRunnable(Bundle bundle, DeviceInfo device) {
    if (!bundle.editedKernels().isEmpty()) {
      throw new SessionException(
          "kernels "
              + bundle.editedKernels()
              + " were edited and their PTX is stale; run with --recompile");
    }
    if (device.kind() == DeviceInfo.Kind.EMULATOR) {
      return;
    }
    String target = bundle.manifest().target();
    int capability = capability(target);
    // PTX runs on newer GPUs, too, unless it uses what only one architecture (`a`) or family (`f`)
    // has.
    boolean specific = !Character.isDigit(target.charAt(target.length() - 1));
    if (device.computeCapability() < capability
        || (specific && device.computeCapability() != capability)) {
      throw new SessionException(
          "the bundle is for "
              + target
              + " and "
              + device.name()
              + " is sm_"
              + device.computeCapability()
              + "; run with --recompile, or compile the model for --target sm_"
              + device.computeCapability());
    }
  }

  private static int capability(String target) {
    return Integer.parseInt(target.replaceAll("\\D", ""));
  }
}
