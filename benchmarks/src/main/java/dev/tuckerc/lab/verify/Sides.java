package dev.tuckerc.lab.verify;

import dev.tuckerc.cli.tensors.Comparison;
import dev.tuckerc.device.Device;
import dev.tuckerc.emulator.EmulatedDevice;
import dev.tuckerc.lab.run.ReopenableDevice;
import dev.tuckerc.tensor.Tensor;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// The devices whose results are compared with the reference.
final class Sides {
  private final Optional<ReopenableDevice> gpu;
  private final EmulatedDevice emulator;
  private final EmulatorUse use;

  /// Why the GPU is not asked; empty while it is.
  private String gpuRefusal;

  /// @param gpu the GPU, where there is one
  /// @param emulator counts what kernels do
  /// @param use when the emulator runs beside a GPU; without a GPU it always runs
  Sides(Optional<ReopenableDevice> gpu, EmulatedDevice emulator, EmulatorUse use) {
    this.gpu = gpu;
    this.emulator = emulator;
    this.use = use;
    this.gpuRefusal = gpu.isPresent() ? "" : "there is no GPU, or --device names none";
  }

  /// Runs a case on every side it is meant for, and judges.
  ///
  /// @param name of the case
  /// @param work what the case costs
  /// @param onGpu runs it on the GPU
  /// @param onEmulator runs it on the emulator
  ThreeWay compare(
      String name,
      Map<String, Tensor> expected,
      Comparison.Tolerance tolerance,
      long work,
      Function<Device, Map<String, Tensor>> onGpu,
      Function<EmulatedDevice, Map<String, Tensor>> onEmulator) {
    Outcome first = onGpu(name, onGpu);
    boolean suspicious = Side.of(first, expected, tolerance).wrong();
    String refusal = gpu.isEmpty() ? "" : use.refusal(work, suspicious);
    Outcome second =
        refusal.isEmpty()
            ? Outcome.of(() -> onEmulator.apply(emulator))
            : new Outcome.NotRun(refusal);
    return ThreeWay.judge(expected, tolerance, first, second);
  }

  private Outcome onGpu(String name, Function<Device, Map<String, Tensor>> run) {
    if (gpu.isEmpty() || !gpuRefusal.isEmpty()) {
      return new Outcome.NotRun(gpuRefusal);
    }
    ReopenableDevice device = gpu.get();
    Outcome outcome = Outcome.of(() -> run.apply(device.get()));
    // A fault leaves the GPU's context unusable: the next case must not suffer for it.
    if (outcome instanceof Outcome.Failed && !device.recover()) {
      gpuRefusal = "the GPU takes no more work from this process since " + name + " failed on it";
    }
    return outcome;
  }
}
