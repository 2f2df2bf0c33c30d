package dev.tuckerc.transform.decompose;

import dev.tuckerc.linalg.Factorization;
import dev.tuckerc.tensor.Tensor;
import dev.tuckerc.transform.layer.Layer;
import dev.tuckerc.transform.layer.LayerForm;
import java.util.Optional;
import java.util.OptionalDouble;

/// What becomes of one layer, and why.
///
/// @param replacement the chain in its place; empty where it stays dense
/// @param sharesWith an earlier layer that has the same weight, and so the same factors
public record LayerDecision(
    Layer layer, Optional<Replacement> replacement, String reason, Optional<Layer> sharesWith) {

  /// A chain with its numbers.
  ///
  /// @param factors of the element type of the weight
  /// @param bias in the place of the layer's own; empty leaves that
  /// @param outputError what the fit to data leaves of the variance of the layer's output, as a
  ///   relative error; empty where none was made
  public record Replacement(
      LayerForm form, Factorization factors, Optional<Tensor> bias, OptionalDouble outputError) {}

  static LayerDecision dense(Layer layer, String reason) {
    return new LayerDecision(layer, Optional.empty(), reason, Optional.empty());
  }

  /// The same decision with other numbers.
  ///
  /// @param remark added to the reason; may be empty
  public LayerDecision with(Replacement fitted, String remark) {
    return new LayerDecision(
        layer, Optional.of(fitted), remark.isEmpty() ? reason : reason + "; " + remark, sharesWith);
  }
}
