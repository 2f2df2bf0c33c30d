package dev.tuckerc.data;

import dev.tuckerc.tensor.Tensor;
import java.util.List;
import java.util.OptionalInt;

/// Pictures of one size, their bytes in memory.
///
/// @param pixels `[count, channels, height, width]`
/// @param labels one for each picture; empty where there are none
record PictureDataset(
    byte[] pixels,
    int[] labels,
    int size,
    int channels,
    int height,
    int width,
    Preprocessing preprocessing)
    implements Dataset {
  @Override
  public List<Long> sampleShape() {
    return List.of((long) channels, (long) height, (long) width);
  }

  @Override
  public Tensor samples(int first, int count) {
    int picture = channels * height * width;
    float[] values = new float[count * picture];
    for (int i = 0; i < count; i++) {
      preprocessing.apply(
          pixels, (first + i) * picture, channels, height * width, values, i * picture);
    }
    return Tensor.ofFloats(
        List.of((long) count, (long) channels, (long) height, (long) width), values);
  }

  @Override
  public OptionalInt label(int sample) {
    return labels.length == 0 ? OptionalInt.empty() : OptionalInt.of(labels[sample]);
  }
}
