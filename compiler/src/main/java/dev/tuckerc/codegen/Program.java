package dev.tuckerc.codegen;

import dev.tuckerc.codegen.select.Argument;
import dev.tuckerc.ir.Value;
import dev.tuckerc.tensor.Tensor;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// A compiled model: kernels, the order to launch them in, and the weights they read.
///
/// @param kernels in the order of their first launch
/// @param weights by name; each is stored as its kernels read it, which may be a packed form
public record Program(
    List<GeneratedKernel> kernels, List<Launch> launches, SequencedMap<String, Tensor> weights) {
  public Program {
    kernels = List.copyOf(kernels);
    launches = List.copyOf(launches);
    weights = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(weights));
  }

  /// Bytes that launches need for themselves alone, by the first result of the launch's node.
  public Map<Value, Long> scratch() {
    Map<Value, Long> bytes = new IdentityHashMap<>();
    for (Launch launch : launches) {
      for (Argument argument : launch.arguments()) {
        if (argument instanceof Argument.Scratch(Value of, long size)) {
          bytes.put(of, size);
        }
      }
    }
    return bytes;
  }

  /// Predicted time of one run.
  public double predictedMicroseconds() {
    return launches.stream().mapToDouble(launch -> launch.estimate().microseconds()).sum();
  }
}
