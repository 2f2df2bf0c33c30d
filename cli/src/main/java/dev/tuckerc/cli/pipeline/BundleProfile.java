package dev.tuckerc.cli.pipeline;

import dev.tuckerc.bundle.Bundle;
import dev.tuckerc.bundle.KernelRecord;
import dev.tuckerc.bundle.TensorSignature;
import dev.tuckerc.cli.tensors.RandomTensors;
import dev.tuckerc.cuda.CachedKernelCompiler;
import dev.tuckerc.emulator.EmulatedDevice;
import dev.tuckerc.emulator.EmulatorOptions;
import dev.tuckerc.emulator.KernelCounters;
import dev.tuckerc.emulator.KernelProfile;
import dev.tuckerc.execute.Session;
import dev.tuckerc.execute.SessionOptions;
import dev.tuckerc.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// What a bundle's kernels do in one run, counted by the emulated device on random inputs.
public final class BundleProfile {
  private BundleProfile() {}

  /// What a kernel does in one run of its bundle.
  ///
  /// @param kernel its [KernelRecord]
  /// @param launches in a run
  /// @param counters of all of them together
  public record Row(KernelRecord kernel, int launches, KernelCounters counters) {}

  /// Runs a bundle once. The counters depend on the inputs only where a kernel branches on them.
  public static List<Row> of(Bundle bundle) {
    try (EmulatedDevice device = new EmulatedDevice(EmulatorOptions.DEFAULT.withCounting(true));
        Session session =
            Session.open(
                bundle,
                device,
                SessionOptions.standard().recompiling(CachedKernelCompiler.standard()))) {
      session.run(HostTensors.toHost(randomInputs(bundle)));
      Map<String, KernelRecord> byEntryPoint =
          session.bundle().kernels().stream()
              .collect(Collectors.toMap(KernelRecord::entryPoint, kernel -> kernel));
      return device.profiles().stream().map(profile -> row(byEntryPoint, profile)).toList();
    }
  }

  private static Row row(Map<String, KernelRecord> byEntryPoint, KernelProfile profile) {
    KernelRecord kernel = byEntryPoint.get(profile.kernel());
    if (kernel == null) {
      throw new IllegalStateException("the bundle lacks kernel " + profile.kernel());
    }
    return new Row(kernel, profile.launches(), profile.counters());
  }

  private static Map<String, Tensor> randomInputs(Bundle bundle) {
    Map<String, Tensor> inputs = new LinkedHashMap<>();
    for (TensorSignature input : bundle.manifest().entryPoint().inputs()) {
      inputs.put(
          input.name(),
          RandomTensors.uniform(input.name(), 0, HostTensors.type(input.type()), input.shape()));
    }
    return inputs;
  }
}
