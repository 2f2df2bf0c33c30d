package dev.tuckerc.cli.pipeline;

import dev.tuckerc.bundle.ElementType;
import dev.tuckerc.bundle.HostTensor;
import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// The compiler's tensors as the run time's, and back. Storage is shared, not copied.
public final class HostTensors {
  private HostTensors() {}

  /// The run time's name of an element type.
  public static ElementType type(DataType type) {
    return ElementType.valueOf(type.name());
  }

  /// The compiler's name of an element type.
  public static DataType type(ElementType type) {
    return DataType.valueOf(type.name());
  }

  /// A tensor for the run time.
  public static HostTensor toHost(Tensor tensor) {
    return new HostTensor(type(tensor.type()), tensor.shape(), tensor.data());
  }

  /// A tensor of the run time for the compiler.
  public static Tensor fromHost(HostTensor tensor) {
    return Tensor.of(type(tensor.type()), tensor.shape(), tensor.data());
  }

  /// All of them, in order.
  public static Map<String, HostTensor> toHost(Map<String, Tensor> tensors) {
    SequencedMap<String, HostTensor> result = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> result.put(name, toHost(tensor)));
    return result;
  }

  /// All of them, in order.
  public static SequencedMap<String, Tensor> fromHost(Map<String, HostTensor> tensors) {
    SequencedMap<String, Tensor> result = new LinkedHashMap<>();
    tensors.forEach((name, tensor) -> result.put(name, fromHost(tensor)));
    return result;
  }
}
