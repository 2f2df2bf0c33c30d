package dev.tuckerc.data;

import dev.tuckerc.tensor.Tensor;
import java.util.List;
import java.util.OptionalInt;

/// Samples in a fixed order.
public interface Dataset {
  /// How many there are.
  int size();

  /// Shape of one sample; pictures are `[channels, height, width]`.
  List<Long> sampleShape();

  /// Some samples, normalised, as `[count, shape...]`.
  ///
  /// @throws DataException when they cannot be read
  Tensor samples(int first, int count);

  /// The class of a sample, where the data set knows it.
  OptionalInt label(int sample);

  /// The data set of the first samples.
  default Dataset first(int count) {
    Dataset all = this;
    int size = Math.min(count, size());
    return new Dataset() {
      @Override
      public int size() {
        return size;
      }

      @Override
      public List<Long> sampleShape() {
        return all.sampleShape();
      }

      @Override
      public Tensor samples(int first, int number) {
        return all.samples(first, number);
      }

      @Override
      public OptionalInt label(int sample) {
        return all.label(sample);
      }
    };
  }
}
