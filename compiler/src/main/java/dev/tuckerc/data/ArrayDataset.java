package dev.tuckerc.data;

import dev.tuckerc.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// The samples of an array along its first axis.
///
/// @param labels integers, one for each sample
public record ArrayDataset(Tensor array, Optional<Tensor> labels) implements Dataset {
  @Override
  public int size() {
    return array.dimension(0);
  }

  @Override
  public List<Long> sampleShape() {
    return array.shape().subList(1, array.rank());
  }

  @Override
  public Tensor samples(int first, int count) {
    long bytes = array.data().byteSize() / size();
    List<Long> shape = new ArrayList<>(array.shape());
    shape.set(0, (long) count);
    return Tensor.of(array.type(), shape, array.data().asSlice(first * bytes, count * bytes));
  }

  @Override
  public OptionalInt label(int sample) {
    return labels.isEmpty()
        ? OptionalInt.empty()
        : OptionalInt.of((int) labels.get().getLong(sample));
  }
}
