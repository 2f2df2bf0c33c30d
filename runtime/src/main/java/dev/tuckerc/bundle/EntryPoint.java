package dev.tuckerc.bundle;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What a bundle computes: its inputs and outputs, in the model's order.
///
/// @param name name of the model's graph
public record EntryPoint(String name, List<TensorSignature> inputs, List<TensorSignature> outputs) {
  public EntryPoint {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    requireDistinctNames("inputs", inputs);
    requireDistinctNames("outputs", outputs);
  }

  private static void requireDistinctNames(String what, List<TensorSignature> signatures) {
    Set<String> names = new HashSet<>();
    for (TensorSignature signature : signatures) {
      if (!names.add(signature.name())) {
        throw new IllegalArgumentException("two " + what + " are named " + signature.name());
      }
    }
  }
}
