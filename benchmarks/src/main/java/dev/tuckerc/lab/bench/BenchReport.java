package dev.tuckerc.lab.bench;

import java.util.List;
import java.util.Optional;

/// What `lab bench` found.
///
/// @param emulated whether times are the emulator's: they say nothing of a GPU, so nothing is held
///   against them
/// @param failures what could not be measured
record BenchReport(
    boolean emulated,
    List<KernelResult> kernels,
    List<ModelResult> models,
    List<Attempts.Failure> failures) {
  BenchReport {
    failures = List.copyOf(failures);
    kernels = List.copyOf(kernels);
    models = List.copyOf(models);
  }

  /// What the model's choices cost; none on the emulator, which ranks candidates by its own work.
  List<Regret> regrets() {
    if (emulated) {
      return List.of();
    }
    return kernels.stream().map(KernelResult::regret).flatMap(Optional::stream).toList();
  }

  List<Ablation> ablations() {
    return Ablation.of(models);
  }

  /// Which clock the times are of, in words.
  String clock() {
    return emulated
        ? "host time of the emulator, which says nothing of a GPU"
        : "device time between events";
  }
}
