package dev.tuckerc.transform.testing;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.util.Random;
import java.util.function.DoubleSupplier;
import java.util.stream.LongStream;

/// Random tensors for tests.
public final class RandomTensors {
  private RandomTensors() {}

  public static Tensor normal(Random random, DataType type, long... extents) {
    return fill(random::nextGaussian, type, extents);
  }

  public static Tensor uniform(
      Random random, DataType type, double low, double high, long... extents) {
    return fill(() -> low + (high - low) * random.nextDouble(), type, extents);
  }

  private static Tensor fill(DoubleSupplier source, DataType type, long... extents) {
    Tensor tensor = Tensor.zeros(type, LongStream.of(extents).boxed().toList());
    for (int i = 0; i < tensor.size(); i++) {
      tensor.setDouble(i, source.getAsDouble());
    }
    return tensor;
  }
}
