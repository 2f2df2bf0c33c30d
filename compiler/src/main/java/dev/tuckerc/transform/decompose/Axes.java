package dev.tuckerc.transform.decompose;

import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// Rearranges weights.
final class Axes {
  private Axes() {}

  /// `[a, b, rest...]` as `[b, a, rest...]`.
  static Tensor swapLeading(Tensor tensor) {
    int first = tensor.dimension(0);
    int second = tensor.dimension(1);
    long block = tensor.size() / ((long) first * second) * tensor.type().bytes();
    List<Long> shape = new ArrayList<>(tensor.shape());
    shape.set(0, (long) second);
    shape.set(1, (long) first);
    Tensor result = Tensor.zeros(tensor.type(), shape);
    for (int i = 0; i < first; i++) {
      for (int j = 0; j < second; j++) {
        result
            .data()
            .asSlice(((long) j * first + i) * block, block)
            .copyFrom(tensor.data().asSlice(((long) i * second + j) * block, block));
      }
    }
    return result;
  }
}
