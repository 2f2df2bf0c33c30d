package dev.tuckerc.transform.layer;

import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/// Rearranges weights.
public final class Axes {
  private static final int TILE = 64;
  private static final ValueLayout.OfInt BITS = ValueLayout.JAVA_INT_UNALIGNED;

  private Axes() {}

  /// `[a, b, rest...]` as `[b, a, rest...]`.
  public static Tensor swapLeading(Tensor tensor) {
    int first = tensor.dimension(0);
    int second = tensor.dimension(1);
    long block = tensor.size() / ((long) first * second) * tensor.type().bytes();
    List<Long> shape = new ArrayList<>(tensor.shape());
    shape.set(0, (long) second);
    shape.set(1, (long) first);
    Tensor result = Tensor.zeros(tensor.type(), shape);
    // Tile by tile, so that both sides stay in the cache: a fully connected layer has 10^8
    // elements.
    for (int top = 0; top < first; top += TILE) {
      for (int left = 0; left < second; left += TILE) {
        for (int i = top; i < Math.min(first, top + TILE); i++) {
          for (int j = left; j < Math.min(second, left + TILE); j++) {
            long from = ((long) i * second + j) * block;
            long to = ((long) j * first + i) * block;
            if (block == Integer.BYTES) {
              result.data().set(BITS, to, tensor.data().get(BITS, from));
            } else {
              MemorySegment.copy(tensor.data(), from, result.data(), to, block);
            }
          }
        }
      }
    }
    return result;
  }
}
