package dev.tuckerc.zoo;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.SplittableRandom;

/// Random weights that depend on a seed and the tensor's name alone.
///
/// Numbers are near-normal: the sum of the four 16-bit parts of one random 64-bit number, scaled.
/// That is integer arithmetic, so every machine gets the same bytes.
final class Weights {
  private static final double MEAN = 4 * 65535 / 2.0;

  /// Standard deviation of a sum of four uniform integers in 0..65535.
  private static final double DEVIATION = Math.sqrt(4 * (65536.0 * 65536.0 - 1) / 12);

  private final long seed;

  Weights(long seed) {
    this.seed = seed;
  }

  /// Near-normal numbers.
  Tensor normal(String name, List<Long> shape, double mean, double deviation) {
    SplittableRandom random = random(name);
    float[] values = new float[Tensor.elementCount(shape)];
    double scale = deviation / DEVIATION;
    for (int i = 0; i < values.length; i++) {
      long bits = random.nextLong();
      long sum = (bits & 0xFFFF) + (bits >>> 16 & 0xFFFF) + (bits >>> 32 & 0xFFFF) + (bits >>> 48);
      values[i] = (float) (mean + (sum - MEAN) * scale);
    }
    return tensor(shape, values);
  }

  /// Numbers uniform between two bounds.
  Tensor uniform(String name, List<Long> shape, double least, double most) {
    SplittableRandom random = random(name);
    float[] values = new float[Tensor.elementCount(shape)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (least + (most - least) * (random.nextLong() >>> 40) / (1 << 24));
    }
    return tensor(shape, values);
  }

  private SplittableRandom random(String name) {
    return new SplittableRandom(seed * 0x9E3779B97F4A7C15L + name.hashCode());
  }

  private static Tensor tensor(List<Long> shape, float[] values) {
    return Tensor.of(DataType.F32, shape, MemorySegment.ofArray(values));
  }
}
