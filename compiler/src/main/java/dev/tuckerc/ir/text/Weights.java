package dev.tuckerc.ir.text;

import dev.tuckerc.tensor.Tensor;
import java.util.Map;
import java.util.Optional;

/// Finds the constants that a text refers to.
@FunctionalInterface
public interface Weights {
  /// No constants at all.
  Weights NONE = reference -> Optional.empty();

  /// The tensor behind `@"reference"`.
  Optional<Tensor> find(String reference);

  /// Those of a map, such as [IrPrinter#weights].
  static Weights of(Map<String, Tensor> tensors) {
    return reference -> Optional.ofNullable(tensors.get(reference));
  }
}
