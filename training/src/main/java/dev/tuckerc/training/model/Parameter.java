package dev.tuckerc.training.model;

import dev.tuckerc.ir.Value;
import org.bytedeco.pytorch.Tensor;

/// A constant of a model that training changes, or that follows the data.
///
/// @param name the constant's label, unique in the model
/// @param value what the constant's node defines
/// @param tensor its present elements, float32, contiguous
public record Parameter(String name, Value value, Role role, Tensor tensor) {
  /// What a constant is to the nodes that use it.
  public enum Role {
    /// Of a convolution, a matrix product or a recurrent layer.
    WEIGHT,
    /// Added to the result of one of these.
    BIAS,
    /// Scale or shift of a batch normalisation.
    NORMALIZATION,
    /// Running mean or variance of a batch normalisation; takes no gradient.
    STATISTIC
  }

  /// Whether an optimizer changes it.
  public boolean isTrained() {
    return role != Role.STATISTIC;
  }
}
