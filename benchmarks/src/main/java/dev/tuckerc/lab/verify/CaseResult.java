package dev.tuckerc.lab.verify;

import dev.tuckerc.cli.tensors.Comparison;
import java.util.List;

/// A verified kernel case or model.
///
/// @param name of the case, or of the model with its precision and ranks
/// @param group what it is summed up under: the template, the set, or `model`
/// @param candidate place of the varied kernel's candidate in the order of predicted times, from 0
/// @param tolerance results were held against
/// @param referenceSeconds host time of the reference
/// @param kernels in the order of their first launch
public record CaseResult(
    String name,
    String group,
    int candidate,
    Comparison.Tolerance tolerance,
    ThreeWay comparison,
    double referenceSeconds,
    List<KernelFigures> kernels) {
  public CaseResult {
    kernels = List.copyOf(kernels);
  }

  /// Name with the candidate, where it is not the first.
  public String label() {
    return candidate == 0 ? name : name + "#" + candidate;
  }
}
