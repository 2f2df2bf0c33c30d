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
///
/// @param gpu the GPU, where there is one
/// @param emulator counts what kernels do
/// @param use when the emulator runs beside a GPU; without a GPU it always runs
record Sides(Optional<ReopenableDevice> gpu, EmulatedDevice emulator, EmulatorUse use) {

  /// Runs a case on every side it is meant for, and judges.
  ///
  /// @param work what the case costs
  /// @param onGpu runs it on the GPU
  /// @param onEmulator runs it on the emulator
  ThreeWay compare(
      Map<String, Tensor> expected,
      Comparison.Tolerance tolerance,
      long work,
      Function<Device, Map<String, Tensor>> onGpu,
      Function<EmulatedDevice, Map<String, Tensor>> onEmulator) {
    Outcome first =
        gpu.<Outcome>map(device -> onGpu(device, onGpu))
            .orElseGet(() -> new Outcome.NotRun("there is no GPU, or --device names none"));
    boolean suspicious = Side.of(first, expected, tolerance).wrong();
    String refusal = gpu.isEmpty() ? "" : use.refusal(work, suspicious);
    Outcome second =
        refusal.isEmpty()
            ? Outcome.of(() -> onEmulator.apply(emulator))
            : new Outcome.NotRun(refusal);
    return ThreeWay.judge(expected, tolerance, first, second);
  }

  private static Outcome onGpu(ReopenableDevice device, Function<Device, Map<String, Tensor>> run) {
    Outcome outcome = Outcome.of(() -> run.apply(device.get()));
    if (outcome instanceof Outcome.Failed) {
      // A fault leaves the GPU's context unusable: the next case must not suffer for it.
      device.reopen();
    }
    return outcome;
  }
}
