package dev.tuckerc.lab.verify;

import dev.tuckerc.cli.tensors.Comparison;
import dev.tuckerc.tensor.Tensor;
import java.util.Map;

/// How the GPU's and the emulator's outputs compare with each other.
///
/// @param elements of all outputs
/// @param sameBits how many of them have the same bits on both sides
/// @param maxAbsolute largest absolute difference
/// @param alike whether every difference is within the tolerance
public record Mutual(long elements, long sameBits, double maxAbsolute, boolean alike) {

  /// Compares two sets of outputs.
  public static Mutual of(
      Map<String, Tensor> gpu, Map<String, Tensor> emulator, Comparison.Tolerance tolerance) {
    long elements = 0;
    long sameBits = 0;
    for (Map.Entry<String, Tensor> entry : emulator.entrySet()) {
      Tensor other = gpu.get(entry.getKey());
      elements += entry.getValue().size();
      if (other != null && other.data().byteSize() == entry.getValue().data().byteSize()) {
        sameBits += sameBits(other, entry.getValue());
      }
    }
    Deviation deviation = Deviation.of(gpu, emulator, tolerance);
    return new Mutual(elements, sameBits, deviation.maxAbsolute(), deviation.agrees());
  }

  private static long sameBits(Tensor a, Tensor b) {
    int bytes = a.type().bytes();
    long same = 0;
    for (int i = 0; i < a.size(); i++) {
      long at = (long) i * bytes;
      if (a.data().asSlice(at, bytes).mismatch(b.data().asSlice(at, bytes)) < 0) {
        same++;
      }
    }
    return same;
  }

  /// In one line.
  public String text() {
    return "%d of %d elements have the same bits, largest difference %.2g"
        .formatted(sameBits, elements, maxAbsolute);
  }
}
