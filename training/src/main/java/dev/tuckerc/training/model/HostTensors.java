package dev.tuckerc.training.model;

import dev.tuckerc.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/// Conversions between tensors of the compiler, in host memory, and tensors of libtorch. Always a
/// copy.
public final class HostTensors {
  private HostTensors() {}

  /// A float32 tensor of libtorch with the same elements.
  ///
  /// @param tensor of a floating-point type
  public static Tensor toTorch(dev.tuckerc.tensor.Tensor tensor) {
    return toTorch(tensor.shape(), tensor.toFloats());
  }

  /// A float32 tensor of libtorch.
  public static Tensor toTorch(List<Long> shape, float... values) {
    return torch.tensor(values).reshape(shape.stream().mapToLong(Long::longValue).toArray());
  }

  /// The elements of a float32 tensor.
  public static dev.tuckerc.tensor.Tensor toHost(Tensor tensor) {
    List<Long> shape = LongStream.of(tensor.shape()).boxed().toList();
    float[] values = new float[dev.tuckerc.tensor.Tensor.elementCount(shape)];
    if (values.length > 0) {
      // The copy must live as long as its elements are read.
      Tensor whole = tensor.detach().contiguous();
      new FloatPointer(whole.data_ptr_float()).get(values);
      whole.close();
    }
    return dev.tuckerc.tensor.Tensor.of(DataType.F32, shape, MemorySegment.ofArray(values));
  }

  /// Overwrites a float32 tensor of libtorch.
  ///
  /// @param source of the same shape
  public static void copy(dev.tuckerc.tensor.Tensor source, Tensor target) {
    long elements = source.size();
    MemorySegment memory =
        MemorySegment.ofAddress(target.data_ptr_float().address())
            .reinterpret(elements * Float.BYTES);
    MemorySegment.copy(source.toFloats(), 0, memory, ValueLayout.JAVA_FLOAT, 0, source.size());
  }
}
