package dev.tuckerc.lab.verify;

import dev.tuckerc.cli.tensors.Comparison;
import dev.tuckerc.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/// GPU, emulator and reference compared.
///
/// @param mutual GPU against emulator, where both gave outputs
public record ThreeWay(Side gpu, Side emulator, Optional<Mutual> mutual, Verdict verdict) {

  /// Judges two outcomes against the reference and each other.
  public static ThreeWay judge(
      Map<String, Tensor> expected, Comparison.Tolerance tolerance, Outcome gpu, Outcome emulator) {
    Side left = Side.of(gpu, expected, tolerance);
    Side right = Side.of(emulator, expected, tolerance);
    Optional<Mutual> mutual =
        gpu instanceof Outcome.Ran(var a, _) && emulator instanceof Outcome.Ran(var b, _)
            ? Optional.of(Mutual.of(a, b, tolerance))
            : Optional.empty();
    Verdict verdict = Verdict.of(left, right, mutual.map(Mutual::alike).orElse(false));
    return new ThreeWay(left, right, mutual, verdict);
  }

  /// Which part is likely at fault, in words; empty where nothing is.
  public String suspect() {
    return switch (verdict) {
      case AGREE, NOT_RUN -> "";
      case GPU_DIFFERS ->
          emulator.ran()
              ? "the GPU: the emulator runs the same PTX to the reference's result. Look for what"
                  + " only a GPU does: a race, memory that is not initialised, ptxas, the driver"
              : "the GPU, the kernel or the reference: the emulator was not asked; run this case"
                  + " with --emulate always";
      case EMULATOR_DIFFERS ->
          gpu.ran()
              ? "the emulator: the GPU runs the same PTX to the reference's result"
              : "the kernel, the emulator or the reference: there is no GPU to tell which";
      case BOTH_DIFFER_ALIKE ->
          "the generated kernel, or the reference: GPU and emulator agree with each other";
      case BOTH_DIFFER_APART ->
          "the generated kernel, whose result is not determined (a race, memory that is not"
              + " initialised), or more than one defect";
    };
  }
}
