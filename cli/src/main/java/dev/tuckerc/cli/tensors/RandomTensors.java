package dev.tuckerc.cli.tensors;

import dev.tuckerc.tensor.DataType;
import dev.tuckerc.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.zip.CRC32;

/// Seeded random inputs: the same name, seed, type and shape give the same numbers everywhere.
public final class RandomTensors {
  private RandomTensors() {}

  /// Uniform numbers in [-1, 1) for floats, 0 to 9 for integers, false or true.
  ///
  /// @param name input's name, so that two inputs of one seed differ
  public static Tensor uniform(String name, long seed, DataType type, List<Long> shape) {
    CRC32 mix = new CRC32();
    mix.update(name.getBytes(StandardCharsets.UTF_8));
    SplittableRandom random = new SplittableRandom(seed ^ mix.getValue() << 32);
    Tensor tensor = Tensor.zeros(type, shape);
    for (int i = 0; i < tensor.size(); i++) {
      if (type.isFloat()) {
        tensor.setDouble(i, random.nextDouble() * 2 - 1);
      } else {
        tensor.setLong(i, random.nextInt(type == DataType.BOOL ? 2 : 10));
      }
    }
    return tensor;
  }
}
