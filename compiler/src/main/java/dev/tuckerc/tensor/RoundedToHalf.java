package dev.tuckerc.tensor;

import java.lang.foreign.MemorySegment;

/// An F32 tensor rounded to half precision, to nearest even.
///
/// @param tensor its elements in F16
/// @param lostToZero how many elements are not zero, but too small for half precision, and became 0
public record RoundedToHalf(Tensor tensor, int lostToZero) {
  /// Rounds the elements of an F32 tensor.
  ///
  /// @throws IllegalStateException when they have another type
  public static RoundedToHalf of(Tensor single) {
    short[] halves = new short[single.size()];
    int[] lost = {0};
    single.forEachFloatBlock((block, from, count) -> lost[0] += round(block, count, halves, from));
    return new RoundedToHalf(
        Tensor.of(DataType.F16, single.shape(), MemorySegment.ofArray(halves)), lost[0]);
  }

  private static int round(float[] values, int count, short[] halves, int from) {
    int lost = 0;
    for (int i = 0; i < count; i++) {
      short half = Float.floatToFloat16(values[i]);
      halves[from + i] = half;
      lost += (half & 0x7fff) == 0 && values[i] != 0 ? 1 : 0;
    }
    return lost;
  }
}
